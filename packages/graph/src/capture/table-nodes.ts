import {
  type Attrs,
  createValue,
  type Dim,
  type DType,
  kernelNode,
  type Node,
  type Shape,
  type Value,
} from '../ir/index.ts'

/** Makes the kernels that compute a table. */
export class TableNodes {
  readonly #add: (node: Node) => void

  constructor(add: (node: Node) => void) {
    this.#add = add
  }

  node(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shape: Shape,
    attrs: Attrs = {},
    dtype: DType = 'float32',
  ): Value {
    const result = createValue(shape, dtype)
    this.#add(kernelNode(op, inputs, [result], { attrs, scope: '' }))
    return result
  }

  list(numbers: readonly number[], shape: Shape = [numbers.length]): Value {
    return createValue(shape, 'float32', { data: Float32Array.from(numbers) })
  }

  size(size: Dim): Value {
    return createValue([], 'float32', { sizes: [size] })
  }

  /** 0, 1, 2, ... along one axis of a shape of ones. */
  range(count: Dim, rank: number, axis: number): Value {
    const attrs = { start: 0, stop: count, step: 1, dtype: 'float32' }
    const range = this.node('Range', {}, [count], attrs)
    const shape = Array.from({ length: rank }, (_, at) => (at === axis ? count : 1))
    return rank === 1 ? range : this.node('Reshape', { x: range }, shape, { shape })
  }

  cast(x: Value, dtype: DType): Value {
    return x.dtype === dtype ? x : this.node('Cast', { x }, x.shape, { dtype }, dtype)
  }
}
