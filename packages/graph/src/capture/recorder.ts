import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import {
  type Attrs,
  createValue,
  type Graph,
  type GraphInput,
  type Node,
  type TypedArray,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import type { TensorSpec } from '../ops/declaration.ts'
import type { LayerOutputListener } from '../scope/layer-outputs.ts'
import { type Frame, Frames } from './frames.ts'
import type { FreeSizes } from './free-sizes.ts'
import { KnownNumbers } from './known-numbers.ts'
import { type MultinomialAttrs, multinomial } from './multinomial.ts'
import { numbersOfSeed, type RandomSource } from './random.ts'
import { createNode, recordCall } from './record-call.ts'
import type { Unrolling } from './unrolling.ts'
import { CapturedVariables, type VariableHost, type VariableOptions } from './variables.ts'

type DataId = object

/** A graph within the graph, while it is recorded. */
export interface NestedRecording {
  /** What stands for its inputs. */
  readonly tensors: readonly tf.TensorInfo[]
  /** One more input. */
  input(spec: TensorSpec): tf.TensorInfo
  /** The graph, with these outputs. */
  finish(results: readonly tf.TensorInfo[]): Pick<Frame, 'graph' | 'taken'>
  /** Goes back to the graph around it. */
  close(): void
}

/** Constants by the tensor they come from, and by its shape. */
export type ForeignConstants = Map<DataId, Map<string, Value>>

/** How control flow and sizes are recorded. */
export interface RecorderOptions {
  /** Sizes that follow from numbers. */
  readonly freeSizes: FreeSizes
  /** Which loops are written out. */
  readonly unrolling: Unrolling
  /** Whether the program under way is the captured one, and what runs on the backend of real numbers. */
  readonly host: Pick<VariableHost, 'isRecording' | 'onHost'>
}

/** Keeps the kernels that a program calls, without computing anything. One recorder per capture. */
export class Recorder implements LayerOutputListener {
  readonly graph: Graph = { inputs: [], outputs: [], nodes: [] }
  readonly #values = new Map<DataId, Value>()
  #variables: CapturedVariables | undefined
  readonly #random: RandomSource | undefined
  readonly #numbers = new KnownNumbers()
  readonly #foreign: ForeignConstants
  readonly #frames = new Frames(this.graph)
  readonly options: RecorderOptions

  /** @param foreign constants that earlier captures of the same program met, which this one shares and adds to. */
  constructor(
    random: RandomSource | undefined,
    foreign: ForeignConstants,
    options: RecorderOptions,
  ) {
    this.#random = random
    this.#foreign = foreign
    this.options = options
  }

  /** A graph input, and the dataId under which the program sees it. */
  addInput(input: GraphInput): DataId {
    this.graph.inputs.push(input)
    this.#frames.own(input.value)
    return this.bind(input.value)
  }

  /** Gives a value a dataId of its own. */
  bind(value: Value): DataId {
    const dataId = {}
    this.#values.set(dataId, value)
    return dataId
  }

  /** Makes reads of variables that have a name become graph inputs, instead of constants. */
  watch(options: VariableOptions): CapturedVariables {
    this.#variables = new CapturedVariables(options, {
      ...this.options.host,
      expect: (tensor) => void this.valueOf(tensor),
      numbersOf: (tensor) => this.numbersOf(tensor),
    })
    return this.#variables
  }

  /** All variables that there are. */
  get variables(): CapturedVariables | undefined {
    return this.#variables
  }

  has(dataId: DataId): boolean {
    return this.#values.has(dataId)
  }

  /** The value behind a tensor; tensors from another backend become state inputs or constants. */
  valueOf(tensor: tf.TensorInfo): Value {
    const known = this.#values.get(tensor.dataId)
    if (known !== undefined) return this.#here(known)
    const variable = this.#variables?.find(tensor.dataId)
    const name = variable?.name
    if (name === undefined) {
      return this.#constantOf(variable ? { ...tensor, dataId: variable.original } : tensor)
    }
    const value = createValue([...tensor.shape], tensor.dtype as TensorSpec['dtype'], { name })
    this.graph.inputs.push({ name, value, state: true })
    this.#frames.own(value, 'outermost')
    this.#values.set(tensor.dataId, value)
    return this.#here(value)
  }

  /** Numbers that are known, such as sizes, stay known in a branch or loop. */
  #here(value: Value): Value {
    const inner = this.#frames.here(value)
    if (inner === value) return value
    const number = this.#knownNumber(value)
    if (number !== undefined) return number
    this.#numbers.isSame(inner, value)
    return inner
  }

  /** The value behind a tensor; one number that is known, such as a size, as a constant. */
  simplestOf(tensor: tf.TensorInfo): Value {
    const value = this.valueOf(tensor)
    return this.#knownNumber(value) ?? value
  }

  #knownNumber(value: Value): Value | undefined {
    const data = value.shape.length === 0 ? this.#numbers.of(value) : undefined
    return data && this.#knownConstant(value, data)
  }

  readonly #knownConstants = new Map<Value, Value>()

  #knownConstant(value: Value, data: TypedArray): Value {
    const made = this.#knownConstants.get(value) ?? createValue(value.shape, value.dtype, { data })
    this.#knownConstants.set(value, made)
    return made
  }

  /** Records what is called until `close` as a graph of its own, with inputs of these kinds. */
  openGraph(specs: readonly TensorSpec[]): NestedRecording {
    const graph: Graph = { inputs: [], outputs: [], nodes: [] }
    const frame = this.#frames.open(graph)
    const input = ({ shape, dtype }: TensorSpec) => {
      const value = createValue([...shape], dtype)
      this.#frames.own(value)
      graph.inputs.push({ name: `x${graph.inputs.length}`, value, state: false })
      return this.#info(value)
    }
    return {
      tensors: specs.map(input),
      input,
      finish: (results) => {
        graph.outputs = results.map((tensor, index) => ({
          name: `y${index}`,
          value: this.valueOf(tensor),
          state: false,
        }))
        return { graph, taken: frame.taken }
      },
      close: () => this.#frames.close(),
    }
  }

  /** Adds a node that holds graphs. */
  addNode(node: Node): tf.TensorInfo[] {
    this.#add(node)
    return node.outputs.map((value) => this.#info(value))
  }

  #add(node: Node): void {
    this.#frames.current.nodes.push(node)
    for (const output of node.outputs) this.#frames.own(output)
  }

  #info(value: Value): tf.TensorInfo {
    return {
      dataId: this.bind(value),
      shape: value.shape as number[],
      dtype: value.dtype as tf.DataType,
    }
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
      this.#refuseInside()
      const spec = { shape, dtype: dtype as TensorSpec['dtype'] }
      const attrs = { ...drawn.attrs, shape: [...shape] }
      const node = this.#append(drawn.op, drawn.inputs, attrs, [spec])
      drawn.settle(node)
      return this.bind(node.outputs[0]!)
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
    if (kernel === tf.Multinomial && inputs.logits !== undefined) {
      return multinomial(this, inputs.logits, attrs as unknown as MultinomialAttrs)
    }
    const { node, isList } = recordCall(kernel, inputs, attrs, {
      valueOf: (tensor) => this.valueOf(tensor),
      numbersOf: (value) => this.#numbers.ofShort(value),
      freeSize: (most) => this.options.freeSizes.next(most),
    })
    this.#add(node)
    const outputs = node.outputs.map((value) => this.#info(value))
    return isList ? outputs : outputs[0]!
  }

  /** Uniform numbers from 0 to 1 for a kernel that was given a seed: random ones unless the seed is the user's own. */
  uniform(seed: unknown, shape: readonly number[]): tf.TensorInfo {
    const drawn = this.#random?.kernelDraw(seed)
    if (drawn === undefined) {
      const numbers = numbersOfSeed(seed, tf.util.sizeFromShape([...shape]))
      const dataId = this.bind(createValue([...shape], 'float32', { data: numbers }))
      return { dataId, shape: [...shape], dtype: 'float32' }
    }
    this.#refuseInside()
    const attrs = { ...drawn.attrs, shape: [...shape] }
    const node = this.#append('RandomUniform', drawn.inputs, attrs, [{ shape, dtype: 'float32' }])
    return this.#info(node.outputs[0]!)
  }

  #refuseInside(): void {
    if (!this.#frames.isNested) return
    throw new EngineError({
      where: 'capture',
      expected: 'random numbers must be drawn outside of branches and loops',
      hint: 'Draw them before, all at once, and take from them by index.',
    })
  }

  /** The numbers behind a tensor, when they follow from constants alone: shapes that the program computes with, for example. */
  read(dataId: DataId): TypedArray | undefined {
    const variable = this.#variables?.find(dataId)
    const value = variable ? this.valueOf(variable.variable) : this.#values.get(dataId)
    return value && this.#numbers.of(value)
  }

  /** The same of any tensor. */
  numbersOf(tensor: tf.TensorInfo): TypedArray | undefined {
    return this.#numbers.of(this.valueOf(tensor))
  }

  layerOutput(output: tf.Tensor, scope: string): void {
    const value = this.#values.get(output.dataId)
    // What runs any number of times, or maybe never, has no one output.
    if (value?.node !== undefined && !this.#frames.isNested) value.name = scope
  }

  #append(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: Attrs,
    specs: readonly TensorSpec[],
  ): Node {
    const node = createNode(op, inputs, attrs, specs)
    this.#add(node)
    return node
  }
}
