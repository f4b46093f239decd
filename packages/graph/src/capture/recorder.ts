import * as tf from '@tensorflow/tfjs'
import {
  type Attrs,
  createValue,
  type Graph,
  type GraphInput,
  type TypedArray,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import type { TensorSpec } from '../ops/declaration.ts'
import { KnownNumbers } from './known-numbers.ts'
import type { RandomSource } from './random.ts'
import { createNode, recordCall } from './record-call.ts'
import type { LayerOutputListener } from './scope.ts'

type DataId = object

/** Constants by the tensor they come from, and by its shape. */
export type ForeignConstants = Map<DataId, Map<string, Value>>

/** Keeps the kernels that a program calls, without computing anything. One recorder per capture. */
export class Recorder implements LayerOutputListener {
  readonly graph: Graph = { inputs: [], outputs: [], nodes: [] }
  readonly #values = new Map<DataId, Value>()
  readonly #variables = new Map<DataId, string>()
  readonly #random: RandomSource | undefined
  readonly #numbers = new KnownNumbers()
  readonly #foreign: ForeignConstants

  /** @param foreign constants that earlier captures of the same program met, which this one shares and adds to. */
  constructor(random?: RandomSource, foreign: ForeignConstants = new Map()) {
    this.#random = random
    this.#foreign = foreign
  }

  /** A graph input, and the dataId under which the program sees it. */
  addInput(input: GraphInput): DataId {
    this.graph.inputs.push(input)
    return this.bind(input.value)
  }

  /** Gives a value a dataId of its own. */
  bind(value: Value): DataId {
    const dataId = {}
    this.#values.set(dataId, value)
    return dataId
  }

  /** Makes reads of a variable become a graph input of its name, instead of a constant. */
  watch(dataId: DataId, name: string): void {
    this.#variables.set(dataId, name)
  }

  has(dataId: DataId): boolean {
    return this.#values.has(dataId)
  }

  /** The value behind a tensor; tensors from another backend become state inputs or constants. */
  valueOf(tensor: tf.TensorInfo): Value {
    const known = this.#values.get(tensor.dataId)
    if (known !== undefined) return known
    const name = this.#variables.get(tensor.dataId)
    if (name === undefined) return this.#constantOf(tensor)
    const value = createValue([...tensor.shape], tensor.dtype as TensorSpec['dtype'], { name })
    this.graph.inputs.push({ name, value, state: true })
    this.#values.set(tensor.dataId, value)
    return value
  }

  /** Tensors that tfjs reshaped outside of the capture share their numbers, and so their dataId. */
  #constantOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const shapes = this.#foreign.get(dataId) ?? new Map<string, Value>()
    this.#foreign.set(dataId, shapes)
    const key = shape.join()
    let value = shapes.get(key)
    if (value === undefined) {
      const [other] = shapes.values()
      const data = (other?.data ??
        (tf.engine().readSync(dataId) as TypedArray).slice()) as TypedArray
      value = createValue([...shape], dtype as TensorSpec['dtype'], { data })
      shapes.set(key, value)
    }
    return value
  }

  /** Records numbers that the program made in JavaScript. */
  write(data: TypedArray, shape: readonly number[], dtype: tf.DataType): DataId {
    const drawn = this.#random?.recognise(data)
    if (drawn !== undefined) {
      const [output] = this.#append(drawn.op, drawn.inputs, { ...drawn.attrs, shape: [...shape] }, [
        { shape, dtype: dtype as TensorSpec['dtype'] },
      ])
      return this.bind(output!)
    }
    const value = createValue([...shape], dtype as TensorSpec['dtype'], { data })
    const fill = data.length > 16 ? uniformValue(value) : undefined
    return this.bind(
      createValue(
        value.shape,
        value.dtype,
        fill === undefined ? { data: data.slice() as TypedArray } : { fill },
      ),
    )
  }

  /** Records one kernel call. Its output shapes come from the op table, and whether they are a list. */
  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[] {
    const { node, isList } = recordCall(kernel, inputs, attrs, {
      valueOf: (tensor) => this.valueOf(tensor),
      numbersOf: (value) => this.#numbers.ofShort(value),
    })
    this.graph.nodes.push(node)
    const outputs = node.outputs.map((value) => ({
      dataId: this.bind(value),
      shape: value.shape as number[],
      dtype: value.dtype as tf.DataType,
    }))
    return isList ? outputs : outputs[0]!
  }

  /** The numbers behind a tensor, when they follow from constants alone: shapes that the program computes with, for example. */
  read(dataId: DataId): TypedArray | undefined {
    const value = this.#values.get(dataId)
    return value && this.#numbers.of(value)
  }

  layerOutput(output: tf.Tensor, scope: string): void {
    const value = this.#values.get(output.dataId)
    if (value?.node !== undefined) value.name = scope
  }

  #append(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: Attrs,
    specs: readonly TensorSpec[],
  ): Value[] {
    const node = createNode(op, inputs, attrs, specs)
    this.graph.nodes.push(node)
    return node.outputs
  }
}
