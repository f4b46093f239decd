import * as tf from '@tensorflow/tfjs'
import type { DType } from '../ir/index.ts'

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

/** What a kernel gives: tensors, and whether they are a list (which may be a list of one). */
export interface KernelResult {
  readonly outputs: readonly HostTensor[]
  readonly isList: boolean
}

/** What this needs of tfjs's CPU backend, which is not among tfjs's exports. */
interface CpuBackend extends tf.KernelBackend {
  /** It greets people at its first write with the advice to install a faster backend. */
  firstUse: boolean
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void
}

/** tfjs's kernels in JavaScript, run on arrays: an instance of the CPU backend that tfjs's engine does not know of. */
export class CpuKernels {
  readonly #backend: CpuBackend

  constructor() {
    this.#backend = tf.findBackendFactory('cpu')() as CpuBackend
    this.#backend.firstUse = false
  }

  /** Whether tfjs has that kernel in JavaScript. */
  has(kernel: string): boolean {
    return tf.getKernel(kernel, 'cpu') !== undefined
  }

  /** Runs one kernel. Results may share memory with inputs. */
  run(kernel: string, inputs: KernelInputs, attrs: object): KernelResult {
    const config = tf.getKernel(kernel, 'cpu')
    if (config === undefined) throw new RangeError(`tfjs has no CPU kernel ${kernel}`)
    const held: tf.TensorInfo[] = []
    try {
      const given: Record<string, tf.TensorInfo | tf.TensorInfo[]> = {}
      for (const [name, tensor] of Object.entries(inputs)) {
        given[name] = isList(tensor)
          ? tensor.map((each) => this.#put(each, held))
          : this.#put(tensor, held)
      }
      // Kernels of any number of inputs take a list.
      const results = config.kernelFunc({
        inputs: ('0' in given ? Object.values(given) : given) as unknown as tf.NamedTensorInfoMap,
        attrs: attrs as tf.NamedAttrMap,
        backend: this.#backend,
      })
      const infos = Array.isArray(results) ? results : [results]
      held.push(...infos)
      const outputs = infos.map(({ dataId, shape, dtype }) => ({
        data: this.#backend.readSync(dataId),
        shape,
        dtype: dtype as DType,
      }))
      return { outputs, isList: Array.isArray(results) }
    } finally {
      for (const info of held) {
        // A few kernels (Abs) give a tensor, which tfjs's engine counts.
        if (info instanceof tf.Tensor) info.dispose()
        else this.#backend.disposeIntermediateTensorInfo(info)
      }
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
