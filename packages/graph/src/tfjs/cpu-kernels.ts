import * as tf from '@tensorflow/tfjs'
import type { DType } from '../ir/index.ts'
import { HeldData } from './held-data.ts'

/** Numbers of a tensor as tfjs's backends hold them; strings as UTF-8, complex numbers as pairs of real and imaginary. */
export type Numbers = tf.BackendValues

/** A tensor outside of tfjs's bookkeeping. */
export interface HostTensor {
  readonly data: Numbers
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** What a kernel takes: tensors by name, a few kernels also lists of them. */
export type KernelInputs = Readonly<Record<string, HostTensor | readonly HostTensor[]>>

/** What it holds of a tensor. */
interface Stored {
  values?: Numbers
  readonly dtype: DType
  refCount: number
  /** Whether somebody outside has the array. */
  isShared?: boolean
  readonly complexTensorInfos?: { readonly real: tf.TensorInfo; readonly imag: tf.TensorInfo }
}

/** What this needs of tfjs's CPU backend, which is not among tfjs's exports. */
interface CpuBackend extends tf.KernelBackend {
  /** It greets people at its first write with the advice to install a faster backend. */
  firstUse: boolean
  data: HeldData<Stored>
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void
  makeTensorInfo(shape: readonly number[], dtype: string, values: Numbers): tf.TensorInfo
  makeOutput(values: Numbers, shape: readonly number[], dtype: string): tf.TensorInfo
}

/**
 * tfjs's kernels in JavaScript, and the numbers of tensors as they read and write them: an instance of the CPU backend that tfjs's engine does not know
 * of. What tfjs has wrong there is put right, see tfjs/repair.ts.
 */
export class CpuKernels {
  readonly #backend: CpuBackend
  readonly #kernels = new Map<string, tf.KernelFunc>()

  /** @param owner the backend in whose name it holds tensors. */
  constructor(owner: tf.KernelBackend) {
    const backend = tf.findBackendFactory('cpu')() as CpuBackend
    backend.firstUse = false
    backend.data = new HeldData(owner, tf.engine())
    // A few kernels give a tensor, which tfjs's engine would count.
    backend.makeOutput = (values, shape, dtype) => backend.makeTensorInfo(shape, dtype, values)
    this.#backend = backend
  }

  /** Whether it holds the numbers of a tensor. */
  holds(dataId: object): boolean {
    return this.#backend.data.has(dataId)
  }

  /** Tensors that it holds. */
  get size(): number {
    return this.#backend.data.numDataIds()
  }

  /** A new tensor of these numbers, which are kept, not copied. `isShared` says that somebody outside may write to them. */
  put(values: Numbers, dtype: DType, isShared: boolean): object {
    const dataId = {}
    this.#backend.data.set(dataId, { values, dtype, refCount: 1, isShared })
    return dataId
  }

  /** The same for a tensor that is there already. */
  adopt(
    dataId: object,
    values: Numbers,
    shape: readonly number[],
    dtype: DType,
    refCount: number,
  ): void {
    if (dtype !== 'complex64') {
      this.#backend.data.set(dataId, { values, dtype, refCount })
      return
    }
    const parts = tf.backend_util.splitRealAndImagArrays(values as Float32Array)
    const info = (part: Float32Array) => this.#backend.makeTensorInfo(shape, 'float32', part)
    const complexTensorInfos = { real: info(parts.real), imag: info(parts.imag) }
    this.#backend.data.set(dataId, { dtype, refCount, complexTensorInfos })
  }

  /** The numbers of a tensor that it holds: its own array. */
  numbersOf(dataId: object): Numbers {
    return this.#backend.readSync(dataId)
  }

  /** The same for somebody outside, who may write to it, as with tfjs's own CPU backend. */
  handOut(dataId: object): Numbers {
    const stored = this.#backend.data.get(dataId)
    stored.isShared = true
    return stored.values instanceof Float32Array ? stored.values : this.#backend.readSync(dataId)
  }

  /** The numbers of a tensor in an array that nobody else has. */
  takeBack(dataId: object): Numbers {
    const stored = this.#backend.data.get(dataId)
    if (stored.isShared) {
      stored.values = stored.values!.slice() as Numbers
      stored.isShared = false
    }
    return stored.values!
  }

  refCount(dataId: object): number {
    return this.#backend.refCount(dataId)
  }

  incRef(dataId: object): void {
    this.#backend.incRef(dataId)
  }

  decRef(dataId: object): void {
    this.#backend.data.get(dataId).refCount--
  }

  /** @returns whether nobody holds the tensor any more. */
  release(dataId: object, force: boolean): boolean {
    const { data } = this.#backend
    if (!data.has(dataId)) return true
    const stored = data.get(dataId)
    if (stored.complexTensorInfos !== undefined) return this.#backend.disposeData(dataId, force)
    stored.refCount--
    if (!force && stored.refCount > 0) return false
    data.delete(dataId)
    return true
  }

  /** Runs one kernel on tensors that it holds; undefined where tfjs has none of that name. */
  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap,
  ): tf.TensorInfo | tf.TensorInfo[] | undefined {
    return this.#find(kernel)?.({ inputs, attrs, backend: this.#backend })
  }

  /** Whether tfjs has that kernel in JavaScript. */
  has(kernel: string): boolean {
    return this.#find(kernel) !== undefined
  }

  #find(kernel: string): tf.KernelFunc | undefined {
    let found = this.#kernels.get(kernel)
    if (found === undefined) {
      found = tf.getKernel(kernel, 'cpu')?.kernelFunc
      if (found !== undefined) this.#kernels.set(kernel, found)
    }
    return found
  }

  /** Runs one kernel. Results may share memory with inputs. */
  run(kernel: string, inputs: KernelInputs, attrs: object): readonly HostTensor[] {
    const kernelFunc = this.#find(kernel)
    if (kernelFunc === undefined) throw new RangeError(`tfjs has no CPU kernel ${kernel}`)
    const held: tf.TensorInfo[] = []
    try {
      const given: Record<string, tf.TensorInfo | tf.TensorInfo[]> = {}
      for (const [name, tensor] of Object.entries(inputs)) {
        given[name] = isList(tensor)
          ? tensor.map((each) => this.#put(each, held))
          : this.#put(tensor, held)
      }
      // Kernels of any number of inputs take a list.
      const results = kernelFunc({
        inputs: ('0' in given ? Object.values(given) : given) as unknown as tf.NamedTensorInfoMap,
        attrs: attrs as tf.NamedAttrMap,
        backend: this.#backend,
      })
      const infos = Array.isArray(results) ? results : [results]
      held.push(...infos)
      return infos.map(({ dataId, shape, dtype }) => ({
        data: this.#backend.readSync(dataId),
        shape,
        dtype: dtype as DType,
      }))
    } finally {
      for (const info of held) this.#backend.disposeIntermediateTensorInfo(info)
    }
  }

  dispose(): void {
    this.#backend.dispose()
  }

  #put({ data, shape, dtype }: HostTensor, held: tf.TensorInfo[]): tf.TensorInfo {
    const info = (values: Numbers, type: tf.DataType): tf.TensorInfo => {
      const dataId = this.#backend.write(values, shape as number[], type)
      // Some kernels ask for the rank, which only tensors have.
      return { dataId, shape: shape as number[], dtype: type, rank: shape.length } as tf.TensorInfo
    }
    if (dtype !== 'complex64') {
      const put = info(data, dtype as tf.DataType)
      held.push(put)
      return put
    }
    const { real, imag } = tf.backend_util.splitRealAndImagArrays(data as Float32Array)
    const parts = [info(real, 'float32'), info(imag, 'float32')] as const
    held.push(...parts)
    const joined = tf.getKernel('Complex', 'cpu').kernelFunc({
      inputs: { real: parts[0], imag: parts[1] },
      attrs: {},
      backend: this.#backend,
    }) as tf.TensorInfo
    held.push(joined)
    return joined
  }
}

function isList(given: KernelInputs[string]): given is readonly HostTensor[] {
  return Array.isArray(given)
}
