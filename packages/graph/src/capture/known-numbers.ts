import * as tf from '@tensorflow/tfjs'
import { constantData, type TypedArray, type Value } from '../ir/index.ts'
import { CpuKernels, type HostTensor } from '../tfjs/cpu-kernels.ts'

/** Numbers of more elements than this are no sizes, and not worth computing for a kernel that could do without. */
const LARGEST_HINT = 4096

/** Numbers of values that follow from constants alone, computed when somebody asks, by tfjs's kernels in JavaScript. */
export class KnownNumbers {
  readonly #known = new Map<Value, TypedArray | undefined>()
  /** What values of inner graphs stand for. */
  readonly #outer = new Map<Value, Value>()
  #kernels: CpuKernels | undefined

  /** Says that a value of an inner graph is one of the graph around it. */
  isSame(inner: Value, outer: Value): void {
    this.#outer.set(inner, outer)
  }

  /** The numbers of a value; undefined when they depend on an input of the program. */
  of(value: Value): TypedArray | undefined {
    const outer = this.#outer.get(value)
    if (outer !== undefined) return this.of(outer)
    const data = constantData(value)
    if (data !== undefined) return data
    if (!this.#known.has(value)) this.#compute(value)
    return this.#known.get(value)
  }

  /** The same, of short lists only. */
  ofShort(value: Value): TypedArray | undefined {
    const elements = (value.shape as readonly number[]).reduce((all, size) => all * size, 1)
    return elements > LARGEST_HINT ? undefined : this.of(value)
  }

  #compute(value: Value): void {
    const { node } = value
    const inputs: Record<string, HostTensor> = {}
    this.#kernels ??= new CpuKernels(new tf.KernelBackend())
    // Until it is known, and for good when it cannot be.
    this.#known.set(value, undefined)
    if (node === undefined || node.inputs.length === 0 || !this.#kernels.has(node.op)) return
    for (const [index, input] of node.inputs.entries()) {
      const data = input && this.of(input)
      if (data === undefined) return
      const { shape, dtype } = input!
      inputs[node.inputNames[index]!] = {
        data: data as Float32Array,
        shape: shape as readonly number[],
        dtype,
      }
    }
    const outputs = this.#kernels.run(node.op, inputs, node.attrs)
    for (const [index, output] of node.outputs.entries()) {
      this.#known.set(output, outputs[index]!.data as TypedArray)
    }
  }
}
