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
import { CpuKernels, type Numbers } from '../tfjs/cpu-kernels.ts'
import {
  copyOf,
  describe,
  FREE_SIZE,
  type GivenInputs,
  isComputable,
  NOT_NUMBERS,
  refusalOf,
  tensorInfo,
} from './calls.ts'
import { type Computed, Evaluator, typed } from './evaluator.ts'
import { nativeTarget } from './native-target.ts'
import { type BackendOptions, defaultOptions } from './options.ts'
import { PendingKernels } from './pending-kernels.ts'
import { SessionCache } from './session-cache.ts'
import { isLight, type Weight, weightOf } from './work.ts'

type DataId = object

/** What stands behind the dataId of a tensor whose numbers are not known yet. */
interface Waiting {
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

/** Kernels that wait before they run although nobody has read a result: after an assignment to a variable, and at any time. */
const LONG = 256
const TOO_LONG = 2048

/** The same for bytes of disposed tensors that waiting kernels keep. */
const MANY_BYTES = 1 << 28
const TOO_MANY_BYTES = 1 << 30

/**
 * A tfjs backend that computes small things at once with tfjs's own kernels in JavaScript, and records what is large, with all that follows from it, to run
 * it on onnxruntime when a value is read.
 *
 * What a read needs is compiled as one ONNX model and kept by its structure, so a loop that does the same again pays for it once. Where a call is computed
 * follows from the kernels and sizes alone, never from how often it was made. Kernels that ONNX cannot express, and pieces that JavaScript computes quicker
 * than a session for them is made, are computed by tfjs's own kernels.
 */
export class OnnxruntimeBackend extends tf.KernelBackend {
  readonly #options: Required<BackendOptions>
  readonly #hasSmallWork: boolean
  readonly #pending = new PendingKernels()
  /** Holds the numbers of every tensor that has them. */
  readonly #cpu: CpuKernels
  readonly #sessions: SessionCache
  readonly #evaluator: Evaluator
  /** Tensors that have no numbers yet. */
  readonly #waiting = new Map<DataId, Waiting>()
  readonly #idOf = new Map<Value, DataId>()
  /** Values of tensors that have numbers and that recorded kernels read or gave. */
  readonly #known = new Map<DataId, Value>()
  /** Values of the calls that tf.time() or tf.profile() looks at. */
  #timed: Value[] | undefined
  #wasAssigned = false

  constructor(options: BackendOptions = {}) {
    super()
    this.#options = { ...defaultOptions, ...options }
    this.#hasSmallWork = this.#options.smallWork === 'cpu'
    this.#cpu = new CpuKernels(this)
    this.#sessions = new SessionCache({ ...this.#options, target: nativeTarget() })
    this.#evaluator = new Evaluator(this.#pending, this.#sessions, this.#cpu)
    this.#evaluator.onComputed = this.#options.onComputed
  }

  override write(values: Numbers, _: number[], dtype: tf.DataType): DataId {
    // The array is the caller's, who may fill it again.
    return this.#cpu.put(values, dtype as DType, true)
  }

  override move(
    dataId: DataId,
    values: Numbers,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.#cpu.adopt(dataId, copyOf(values), shape, dtype as DType, refCount)
  }

  override readSync(dataId: DataId): Numbers {
    if (this.#waiting.size > 0 && this.#waiting.has(dataId)) this.#evaluateIds([dataId])
    const value = this.#known.size === 0 ? undefined : this.#known.get(dataId)
    // Kernels that wait must not see what the caller does to it.
    const isRead = value !== undefined && this.#pending.isRead(value)
    return isRead ? copyOf(this.#cpu.numbersOf(dataId)) : this.#cpu.handOut(dataId)
  }

  override async read(dataId: DataId): Promise<Numbers> {
    return this.readSync(dataId)
  }

  override refCount(dataId: DataId): number {
    return this.#waiting.get(dataId)?.refCount ?? this.#cpu.refCount(dataId)
  }

  override incRef(dataId: DataId): void {
    const waiting = this.#waiting.get(dataId)
    if (waiting === undefined) this.#cpu.incRef(dataId)
    else waiting.refCount++
    // Kernels share data by themselves, so this is a variable that was made or assigned.
    this.#wasAssigned = true
  }

  decRef(dataId: DataId): void {
    const waiting = this.#waiting.get(dataId)
    if (waiting !== undefined) waiting.refCount--
    else if (this.#cpu.holds(dataId)) this.#cpu.decRef(dataId)
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const waiting = this.#waiting.size === 0 ? undefined : this.#waiting.get(dataId)
    if (waiting === undefined) {
      const isGone = this.#cpu.release(dataId, force)
      if (isGone && this.#known.size > 0) this.#forget(dataId)
      return isGone
    }
    waiting.refCount--
    if (!force && waiting.refCount > 0) return false
    this.#waiting.delete(dataId)
    this.#idOf.delete(waiting.value)
    this.#pending.letGo(waiting.value)
    return true
  }

  #forget(dataId: DataId): void {
    const value = this.#known.get(dataId)
    if (value === undefined) return
    this.#known.delete(dataId)
    this.#pending.letGo(value)
  }

  override numDataIds(): number {
    return this.#waiting.size + this.#cpu.size
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
      this.#evaluate(timed.filter((value) => this.#pending.isHeld(value)))
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
    this.#waiting.clear()
    this.#idOf.clear()
    this.#known.clear()
    this.#cpu.dispose()
  }

  /**
   * Calls a kernel: computes it at once where it is small or onnxruntime cannot, else records it.
   *
   * @param weight what its elements cost, from whoever knows already.
   */
  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
    weight: Weight = weightOf(kernel),
  ): tf.TensorInfo | tf.TensorInfo[] {
    // JavaScript is the place for a call, whatever follows, where nothing that it reads waits and it is no more work than a session would be.
    if (this.#hasSmallWork && !this.#doesWait(inputs) && isLight(kernel, weight, inputs, attrs)) {
      const result = this.#cpu.call(kernel, inputs, attrs as tf.NamedAttrMap)
      if (result !== undefined) {
        this.#evaluator.onComputed?.({ kernel, by: 'cpu', reason: 'small' })
        return result
      }
    }
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
      return tensorInfo(this.#wait(value), value)
    })
    return isList ? outputs : outputs[0]!
  }

  #doesWait(inputs: tf.NamedTensorInfoMap): boolean {
    if (this.#waiting.size === 0) return false
    return Object.values(inputs as GivenInputs).some((input) =>
      Array.isArray(input)
        ? input.some(({ dataId }) => this.#waiting.has(dataId))
        : input != null && this.#waiting.has(input.dataId),
    )
  }

  /** A kernel that changes no number gives its input's data another shape, as tfjs's own backends do. */
  #share(node: Node, inputs: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
    if (findKernel(node.op)?.isView !== true) return undefined
    const [given] = Object.values(inputs) as [tf.TensorInfo]
    const [output] = node.outputs as [Value]
    const isSame = given.dtype === output.dtype && sizeOf(given.shape) === sizeOf(output.shape)
    if (!isSame) return undefined
    const waiting = this.#waiting.get(given.dataId)
    if (waiting === undefined) this.#cpu.incRef(given.dataId)
    else waiting.refCount++
    return tensorInfo(given.dataId, output)
  }

  /** Runs one of tfjs's own kernels at once. */
  #compute(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
    reason: string,
  ): tf.TensorInfo | tf.TensorInfo[] {
    const given = Object.values(inputs as GivenInputs)
    this.#evaluateIds(given.flatMap((each) => each ?? []).map(({ dataId }) => dataId))
    const result = this.#cpu.call(kernel, inputs, attrs as tf.NamedAttrMap)
    if (result === undefined) {
      throw new EngineError({
        where: `tfjs backend onnxruntime (${kernel})`,
        expected: 'onnxruntime or tfjs must be able to compute it',
        hint: reason,
      })
    }
    this.#evaluator.onComputed?.({ kernel, by: 'cpu', reason })
    return result
  }

  /** A bound on what waits. After an assignment it may be shorter: training loops then stop at the same place in each round. */
  #runWhenLong(): void {
    const { size, keptBytes } = this.#pending
    const isDue = this.#wasAssigned && (size >= LONG || keptBytes >= MANY_BYTES)
    this.#wasAssigned = false
    if (isDue || size >= TOO_LONG || keptBytes >= TOO_MANY_BYTES) {
      this.#evaluate(this.#pending.heldResults())
    }
  }

  #evaluateIds(dataIds: readonly DataId[]): void {
    const values = dataIds.flatMap((dataId) => this.#waiting.get(dataId)?.value ?? [])
    if (values.length > 0) this.#evaluate(values)
  }

  /** What has numbers afterwards is kept where tfjs's kernels find it. */
  #evaluate(values: readonly Value[]): void {
    for (const value of this.#evaluator.evaluate(values)) {
      const dataId = this.#idOf.get(value)
      if (dataId === undefined) continue
      const { refCount } = this.#waiting.get(dataId)!
      this.#waiting.delete(dataId)
      this.#idOf.delete(value)
      const { data, shape, dtype } = value
      this.#cpu.adopt(dataId, data as Numbers, shape as readonly number[], dtype, refCount)
      this.#known.set(dataId, value)
    }
  }

  #wait(value: Value): DataId {
    const dataId = {}
    this.#pending.hold(value)
    this.#waiting.set(dataId, { value, refCount: 1 })
    this.#idOf.set(value, dataId)
    return dataId
  }

  /** The value behind a tensor; data that is shared under another shape gets a reshape. */
  #valueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const value = this.#waiting.get(dataId)?.value ?? this.#knownValue(dataId, shape, dtype)
    if (sameShape(value.shape, shape)) return value
    const spec = { shape, dtype: value.dtype }
    return createNode('Reshape', { x: value }, { shape }, [spec]).outputs[0]!
  }

  /** Numbers as they are now. */
  #knownValue(dataId: DataId, shape: readonly number[], type: tf.DataType): Value {
    const dtype = type as DType
    const held = this.#cpu.numbersOf(dataId)
    const data = typed(held, dtype)
    // tfjs gives the integers of a tensor the type float32 without touching them, and keeps the one dataId.
    if (data !== held) return createValue([...shape], dtype, { data })
    const own = this.#cpu.takeBack(dataId) as TypedArray
    const known = this.#known.get(dataId)
    if (known?.data === own) return known
    this.#forget(dataId)
    const value = createValue([...shape], dtype, { data: own })
    this.#pending.hold(value)
    this.#known.set(dataId, value)
    return value
  }

  #numbersOf(value: Value): TypedArray {
    // A view that is not recorded yet has the numbers of its input.
    const source = value.node?.op === 'Reshape' ? value.node.inputs[0]! : value
    if (source.node !== undefined) this.#evaluate([source])
    return source.data as TypedArray
  }
}
