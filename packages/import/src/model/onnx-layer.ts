import { type Layer, withSeed } from '@ashlar/core'
import { transposeNumbers } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { NodeRun, Outputs } from '../program/run.ts'
import type { Weight } from '../program/weights.ts'
import { Value } from '../value/value.ts'

/** A call that is under way: what a node takes, and where what comes through `apply` stands among it. */
interface Pending {
  readonly inputs: readonly (Value | undefined)[]
  readonly flows: readonly Value[]
  readonly run: NodeRun
  outputs: Outputs
}

/** Small matrices whose product is added to a weight. */
interface Adapter {
  readonly a: tf.LayerVariable
  readonly b: tf.LayerVariable
  readonly scale: number
}

/** Layers that were made: TensorFlow.js makes names of variables unique by a number behind them, and a file may have a weight of that very name. */
let made = 0

/** The nodes of a file whose weights have one prefix, and those weights. It is called once for each of its nodes. */
export class OnnxLayer extends tf.layers.Layer {
  // Minifiers must leave it: tfjs knows layers by it.
  static readonly className: string = 'OnnxLayer'
  readonly #op: string
  readonly #space = `file${made++}`
  readonly #weights = new Map<
    string,
    { readonly weight: Weight; readonly held: tf.LayerVariable }
  >()
  readonly #adapters = new Map<string, Adapter>()
  #pending: Pending | undefined

  /**
   * @param op shown in summaries: the operators of its nodes.
   * @param weights become variables, with the numbers of the file.
   */
  constructor(name: string, op: string, weights: readonly Weight[]) {
    super({ name })
    this.#op = op
    for (const weight of weights) {
      const shape = weight.order.map((axis) => weight.tensor.shape[axis]!)
      const held = this.addWeight(
        `${this.#space}/${weight.ownName}`,
        shape,
        'float32',
        { apply: () => turned(weight) } as never,
        undefined,
        !weight.isStatistic,
      )
      this.#weights.set(weight.name, { weight, held })
    }
    this.built = true
  }

  override getClassName(): string {
    // tfjs asks for it before there are fields.
    try {
      return this.#op
    } catch {
      return 'OnnxLayer'
    }
  }

  /** Its weights by the names of the file. */
  *values(): Generator<readonly [string, Value]> {
    for (const [name, { weight, held }] of this.#weights) {
      const adapter = this.#adapters.get(name)
      let tensor = held.read()
      if (adapter !== undefined) {
        const { a, b, scale } = adapter
        const product = tf.matMul(a.read() as tf.Tensor2D, b.read() as tf.Tensor2D)
        tensor = tf.add(tensor, scale === 1 ? product : tf.mul(product, scale))
      }
      yield [name, Value.of('float32', tensor, weight.order)]
    }
  }

  /** Takes its weights from what is trained; adapters are. */
  keepWeights(): void {
    for (const { held } of this.#weights.values()) held.trainable = false
  }

  /** Puts two small matrices beside each matrix; false where it has none. */
  addAdapters(rank: number, scale: number, seed: number): boolean {
    let isAdded = false
    for (const [name, each] of this.#weights) {
      const [rows, columns, ...rest] = each.held.shape as number[]
      if (columns === undefined || rest.length > 0 || Math.min(rows!, columns) <= rank) continue
      const own = `${this.#space}/${each.weight.ownName}_lora`
      const first = { apply: () => tf.randomNormal([rows!, rank], 0, 1 / Math.sqrt(rows!)) }
      const zero = { apply: () => tf.zeros([rank, columns]) }
      const a = withSeed(seed, name, () =>
        this.addWeight(`${own}_a`, [rows!, rank], 'float32', first as never),
      )
      const b = this.addWeight(`${own}_b`, [rank, columns], 'float32', zero as never)
      this.#adapters.set(name, { a, b, scale })
      isAdded = true
    }
    return isAdded
  }

  /** Its weights as the file describes them. */
  get fileWeights(): readonly Weight[] {
    return [...this.#weights.values()].map(({ weight }) => weight)
  }

  /** Assigns to a weight by the name of the file. */
  update(name: string, value: (before: Value) => Value): boolean {
    const found = this.#weights.get(name)
    if (found === undefined) return false
    const { weight, held } = found
    held.write(value(Value.of('float32', held.read(), weight.order)).in(weight.order))
    return true
  }

  /** Runs one of its nodes as a call of this layer. */
  runNode(inputs: readonly (Value | undefined)[], flows: readonly Value[], run: NodeRun): Outputs {
    const outer = this.#pending
    const pending: Pending = { inputs, flows, run, outputs: [] }
    this.#pending = pending
    try {
      const layer = this as unknown as Layer
      const given = flows.map((value) => value.lying())
      const result = layer.apply<tf.Tensor | tf.Tensor[]>(given.length === 1 ? given[0]! : given)
      const tensors = [result].flat()
      let next = 0
      return pending.outputs.map((value) =>
        value?.isTensor ? Value.of(value.type, tensors[next++]!, value.order) : value,
      )
    } finally {
      this.#pending = outer
    }
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: { training?: boolean },
  ): tf.Tensor | tf.Tensor[] {
    const pending = this.#pending!
    const tensors = [inputs].flat()
    const given = pending.inputs.map((value) => {
      const at = value === undefined ? -1 : pending.flows.indexOf(value)
      if (value === undefined || at < 0 || value.lying() === tensors[at]) return value
      return Value.of(value.type, tensors[at]!, value.order)
    })
    pending.outputs = pending.run(given, kwargs.training === true)
    const results = pending.outputs.flatMap((value) => (value?.isTensor ? [value.lying()] : []))
    return results.length === 1 ? results[0]! : results
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape
  }
}

/** The numbers of a weight in the order that they are kept in. */
function turned({ tensor, order }: Weight): tf.Tensor {
  const numbers = tensor.data as Float32Array
  const shape = order.map((axis) => tensor.shape[axis]!)
  const isPlain = order.every((axis, place) => axis === place)
  return tf.tensor(
    isPlain ? numbers : transposeNumbers(numbers, tensor.shape, order),
    shape,
    'float32',
  )
}
