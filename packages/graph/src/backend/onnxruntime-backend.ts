import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { createNode, type RecordedCall, recordCall } from '../capture/record-call.ts'
import {
  createValue,
  type DType,
  type Node,
  sameShape,
  sizeOf,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'
import { CpuKernels, type HostTensor, type Numbers } from './cpu-kernels.ts'
import { type Computed, Evaluator, hostTensor } from './evaluator.ts'
import { nativeTarget } from './native-target.ts'
import { type BackendOptions, defaultOptions } from './options.ts'
import { PendingKernels } from './pending-kernels.ts'
import { SessionCache } from './session-cache.ts'

type DataId = object

/** What stands behind a dataId. */
interface Entry {
  readonly value: Value
  refCount: number
}

/** What tf.memory() tells beside tfjs's own counts. */
export interface BackendMemory {
  readonly unreliable: boolean
  /** Kernels that were called and have not run, because nobody has read their results. */
  readonly pendingKernels: number
  /** Bytes of tensors that were disposed but are still to be read by pending kernels. */
  readonly keptBytes: number
  /** onnxruntime sessions that are kept for structures seen before. */
  readonly sessions: number
}

/**
 * A tfjs backend that records kernels and runs them on onnxruntime when a value is read.
 *
 * What a read needs is compiled as one ONNX model and kept by its structure, so a loop that does the same again pays for it once. Kernels that
 * ONNX cannot express, and pieces too small to be worth a session, are computed by tfjs's own kernels in JavaScript.
 */
export class OnnxruntimeBackend extends tf.KernelBackend {
  readonly #options: Required<BackendOptions>
  readonly #pending = new PendingKernels()
  readonly #cpu = new CpuKernels()
  readonly #sessions: SessionCache
  readonly #evaluator: Evaluator
  readonly #data: tf.DataStorage<Entry>
  /** Values of the calls that tf.time() or tf.profile() looks at. */
  #timed: Value[] | undefined
  #wasAssigned = false

  constructor(options: BackendOptions = {}) {
    super()
    this.#options = { ...defaultOptions, ...options }
    this.#sessions = new SessionCache({ ...this.#options, target: nativeTarget() })
    this.#evaluator = new Evaluator(this.#pending, this.#sessions, this.#cpu)
    this.#evaluator.onComputed = this.#options.onComputed
    this.#data = new tf.DataStorage(this, tf.engine())
  }

  override write(values: Numbers, shape: number[], dtype: tf.DataType): DataId {
    // The array is the caller's, who may fill it again before a recorded kernel reads it.
    return this.#store(createValue(shape, dtype as DType, { data: copyOf(values) }))
  }

  override move(
    dataId: DataId,
    values: Numbers,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    const value = createValue(shape, dtype as DType, { data: copyOf(values) })
    this.#pending.hold(value)
    this.#data.set(dataId, { value, refCount })
  }

  override readSync(dataId: DataId): Numbers {
    const { value } = this.#data.get(dataId)
    this.#evaluator.evaluate([value])
    return copyOf(value.data as Numbers) as Numbers
  }

  override async read(dataId: DataId): Promise<Numbers> {
    return this.readSync(dataId)
  }

  override refCount(dataId: DataId): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).refCount : 0
  }

  override incRef(dataId: DataId): void {
    this.#data.get(dataId).refCount++
    // Kernels share data by #share, so this is a variable that was made or assigned.
    this.#wasAssigned = true
  }

  decRef(dataId: DataId): void {
    if (this.#data.has(dataId)) this.#data.get(dataId).refCount--
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true
    const entry = this.#data.get(dataId)
    entry.refCount--
    if (!force && entry.refCount > 0) return false
    this.#data.delete(dataId)
    this.#pending.letGo(entry.value)
    return true
  }

  override numDataIds(): number {
    return this.#data.numDataIds()
  }

  override memory(): BackendMemory {
    return {
      unreliable: false,
      pendingKernels: this.#pending.size,
      keptBytes: this.#pending.keptBytes,
      sessions: this.#sessions.sessions,
    }
  }

  override timerAvailable(): boolean {
    return true
  }

  /** Runs what `f` calls, as far as its results are still there when it returns. */
  override async time(f: () => void): Promise<tf.BackendTimingInfo> {
    const outer = this.#timed
    const timed: Value[] = []
    const computed: Computed[] = []
    const before = this.#evaluator.onComputed
    this.#timed = timed
    this.#evaluator.onComputed = (each) => {
      computed.push(each)
      before?.(each)
    }
    const start = performance.now()
    try {
      f()
      this.#evaluator.evaluate(timed.filter((value) => this.#pending.isHeld(value)))
    } finally {
      this.#timed = outer
      this.#evaluator.onComputed = before
      outer?.push(...timed)
    }
    const kernelMs = performance.now() - start
    return { kernelMs, getExtraProfileInfo: () => describe(computed) }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override dispose(): void {
    this.#sessions.clear()
    this.#pending.clear()
    this.#cpu.dispose()
  }

  /** Calls a kernel: records it, or computes it at once where onnxruntime cannot. */
  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[] {
    this.#runWhenLong()
    const refusal = refusalOf(kernel, inputs)
    if (refusal !== undefined) return this.#compute(kernel, inputs, attrs, refusal)
    let recorded: RecordedCall
    try {
      recorded = recordCall(kernel, inputs, attrs, {
        valueOf: (tensor) => this.#valueOf(tensor),
        numbersOf: (value) => this.#numbersOf(value),
        freeSize: () => {
          throw FREE_SIZE
        },
      })
    } catch (error) {
      // Arguments that do not fit: tfjs's kernel says so in tfjs's words, or knows better.
      const reason = error === FREE_SIZE ? FREE_SIZE.message : `its shapes are not known: ${error}`
      return this.#compute(kernel, inputs, attrs, reason)
    }
    const { node, isList } = recorded
    if (!node.outputs.every(isComputable)) {
      return this.#compute(kernel, inputs, attrs, NOT_NUMBERS)
    }
    const shared = this.#share(node, inputs)
    if (shared !== undefined) return shared
    this.#pending.add(node)
    const outputs = node.outputs.map((value) => {
      this.#timed?.push(value)
      return tensorInfo(this.#store(value), value)
    })
    return isList ? outputs : outputs[0]!
  }

  /** A kernel that changes no number gives its input's data another shape, as tfjs's own backends do. */
  #share(node: Node, inputs: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
    if (findKernel(node.op)?.isView !== true) return undefined
    const [given] = Object.values(inputs) as [tf.TensorInfo]
    const [output] = node.outputs as [Value]
    const isSame = given.dtype === output.dtype && sizeOf(given.shape) === sizeOf(output.shape)
    if (!isSame) return undefined
    this.#data.get(given.dataId).refCount++
    return tensorInfo(given.dataId, output)
  }

  #compute(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
    reason: string,
  ): tf.TensorInfo | tf.TensorInfo[] {
    if (!this.#cpu.has(kernel)) {
      throw new EngineError({
        where: `tfjs backend onnxruntime (${kernel})`,
        expected: 'onnxruntime or tfjs must be able to compute it',
        hint: reason,
      })
    }
    const given = Object.entries(inputs as GivenInputs)
    const tensors = given.flatMap(([, each]) => each ?? [])
    this.#evaluator.evaluate(tensors.map(({ dataId }) => this.#data.get(dataId).value))
    const host = ({ dataId, shape }: tf.TensorInfo): HostTensor => ({
      ...hostTensor(this.#data.get(dataId).value),
      shape,
    })
    const hosts: Record<string, HostTensor | HostTensor[]> = {}
    for (const [name, each] of given) {
      if (each != null) hosts[name] = Array.isArray(each) ? each.map(host) : host(each)
    }
    const result = this.#evaluator.compute(kernel, hosts, attrs, reason)
    const outputs = result.outputs.map(({ data, shape, dtype }) => {
      const value = createValue(shape, dtype, { data })
      return tensorInfo(this.#store(value), value)
    })
    return result.isList ? outputs : outputs[0]!
  }

  /** A bound on what waits. After an assignment it may be shorter: training loops then stop at the same place in each round. */
  #runWhenLong(): void {
    const { size, keptBytes } = this.#pending
    const isDue = this.#wasAssigned && (size >= LONG || keptBytes >= MANY_BYTES)
    this.#wasAssigned = false
    if (isDue || size >= TOO_LONG || keptBytes >= TOO_MANY_BYTES) {
      this.#evaluator.evaluate(this.#pending.heldResults())
    }
  }

  #store(value: Value): DataId {
    const dataId = {}
    this.#pending.hold(value)
    this.#data.set(dataId, { value, refCount: 1 })
    return dataId
  }

  /** The value behind a tensor; data that is shared under another shape gets a reshape. */
  #valueOf({ dataId, shape }: tf.TensorInfo): Value {
    const { value } = this.#data.get(dataId)
    if (sameShape(value.shape, shape)) return value
    const spec = { shape, dtype: value.dtype }
    return createNode('Reshape', { x: value }, { shape }, [spec]).outputs[0]!
  }

  #numbersOf(value: Value): TypedArray {
    // A view that is not recorded yet has the numbers of its input.
    const source = value.node?.op === 'Reshape' ? value.node.inputs[0]! : value
    this.#evaluator.evaluate([source])
    return source.data as TypedArray
  }
}

/** What kernels are called with, beyond what tfjs's types say: optional inputs are null or undefined, ragged ones lists. */
type GivenInputs = Readonly<Record<string, tf.TensorInfo | tf.TensorInfo[] | null | undefined>>

/** Kernels that wait before they run although nobody has read a result: after an assignment to a variable, and at any time. */
const LONG = 256
const TOO_LONG = 2048

/** The same for bytes of disposed tensors that waiting kernels keep. */
const MANY_BYTES = 1 << 28
const TOO_MANY_BYTES = 1 << 30

/** Tensors of eager programs have known sizes. */
const FREE_SIZE = new Error('How large its result is follows from the numbers')

const NOT_NUMBERS = 'strings, complex numbers and tensors without elements stay in JavaScript'

function refusalOf(kernel: string, inputs: tf.NamedTensorInfoMap): string | undefined {
  const declaration = findKernel(kernel)
  if (declaration === undefined) return 'the op table lacks it'
  if (typeof declaration.lower !== 'function') return declaration.lower.refused
  const given = Object.values(inputs as GivenInputs)
  if (given.some((each) => Array.isArray(each))) return 'it takes lists of tensors'
  const tensors = given as (tf.TensorInfo | null | undefined)[]
  return tensors.every((each) => each == null || isComputable(each)) ? undefined : NOT_NUMBERS
}

function isComputable({ shape, dtype }: Pick<Value, 'shape'> & { dtype: string }): boolean {
  return dtype !== 'string' && dtype !== 'complex64' && !shape.includes(0)
}

function tensorInfo(dataId: DataId, { shape, dtype }: Value): tf.TensorInfo {
  return { dataId, shape: [...shape] as number[], dtype: dtype as tf.DataType }
}

function copyOf(values: Numbers): TypedArray | Uint8Array[] {
  return values.slice() as TypedArray | Uint8Array[]
}

/** One line for tf.profile(): where each kernel was computed. */
function describe(computed: readonly Computed[]): string {
  return computed
    .map(({ kernel, by, reason }) =>
      by === 'onnxruntime' ? `${kernel}: onnxruntime` : `${kernel}: tfjs CPU kernel (${reason})`,
    )
    .join(', ')
}
