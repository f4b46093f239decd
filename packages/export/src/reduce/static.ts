import {
  dimsOf,
  dropUnread,
  floatsOf,
  intAttribute,
  type ModelProto,
  type NodeProto,
  subgraphsOf,
  TYPE,
  tensor,
  uniqueNames,
} from './proto.ts'
import type { NumberRange } from './ranges.ts'
import { biasFloor, byteScale, quantizeBias, quantizeWeights, type Scale } from './ranges.ts'
import { planStatic, type StaticPlan } from './static-plan.ts'

/** Values whose range must be known to round a model's layers, see {@link toStatic}. */
export function valuesToWatch(model: ModelProto): string[] {
  const { values, sameAs } = planStatic(model, new Set())
  return [...values].filter((name) => !sameAs.has(name))
}

/**
 * A model in int8, in the form of QuantizeLinear and DequantizeLinear: weights are int8 with a scale for each channel, what flows between the layers bytes of a range that was seen before.
 * What it takes and gives is as it was.
 *
 * @param ranges of the values of {@link valuesToWatch}.
 * @param keep layers that stay float.
 */
export function toStatic(
  model: ModelProto,
  ranges: ReadonlyMap<string, NumberRange>,
  keep: ReadonlySet<string>,
): ModelProto {
  const plan = planStatic(model, keep)
  const rounder = new Rounder(model, plan, ranges)
  rounder.round()
  dropUnread(model)
  return model
}

class Rounder {
  readonly #model: ModelProto
  readonly #plan: StaticPlan
  readonly #ranges: ReadonlyMap<string, NumberRange>
  readonly #unique: (wanted: string) => string
  /** What stands for a value or a tensor of weights once it was rounded. */
  readonly #rounded = new Map<string, string>()

  constructor(model: ModelProto, plan: StaticPlan, ranges: ReadonlyMap<string, NumberRange>) {
    this.#model = model
    this.#plan = plan
    this.#ranges = ranges
    this.#unique = uniqueNames(model)
  }

  round(): void {
    const graph = this.#model.graph!
    const { values, weightNodes } = this.#plan
    const ends = new Set((graph.output ?? []).map(({ name }) => name!))
    const nodes: NodeProto[] = []
    for (const { name } of graph.input ?? [])
      if (values.has(name!)) nodes.push(...this.#pair(name!))
    for (const node of graph.node ?? []) {
      const weights = weightNodes.get(node)
      const inputs = (node.input ?? []).map((name) => this.#rounded.get(name) ?? name)
      if (weights !== undefined) nodes.push(...this.#weights(node, inputs))
      for (const inner of subgraphsOf(node)) this.#renameIn(inner)
      const outputs = node.output ?? []
      const isEnd = outputs.some((name) => values.has(name) && ends.has(name))
      const given = isEnd
        ? outputs.map((name) =>
            values.has(name) && ends.has(name) ? this.#unique(`${name}_float`) : name,
          )
        : outputs
      nodes.push({ ...node, input: inputs, output: given })
      for (const [index, name] of outputs.entries()) {
        if (values.has(name)) nodes.push(...this.#pair(name, given[index]!, ends.has(name)))
      }
    }
    graph.node = nodes
  }

  /** Rounds a value and makes floats of it again. */
  #pair(name: string, from = name, isEnd = false): NodeProto[] {
    const { scale, zeroPoint } = this.#scaleOf(name)
    const scaleName = this.#number(`${name}_s`, TYPE.float, Float32Array.of(scale))
    const zeroName = this.#number(`${name}_z`, TYPE.uint8, Uint8Array.of(zeroPoint))
    const bytes = this.#unique(`${name}_q`)
    const back = isEnd ? name : this.#unique(`${name}_d`)
    this.#rounded.set(name, back)
    return [
      { opType: 'QuantizeLinear', input: [from, scaleName, zeroName], output: [bytes] },
      { opType: 'DequantizeLinear', input: [bytes, scaleName, zeroName], output: [back] },
    ]
  }

  /** Rounds the weights of a node, and its bias; `inputs` are changed to them. */
  #weights(node: NodeProto, inputs: string[]): NodeProto[] {
    const { weights, bias, axis } = this.#plan.weightNodes.get(node)!
    const dims = dimsOf(weights)
    const nodes: NodeProto[] = []
    const value = node.input![0]!
    const isBytes = this.#plan.values.has(value)
    const inputScale = isBytes ? this.#scaleOf(value).scale : 1
    const biases = bias === undefined ? undefined : floatsOf(bias)
    const atLeast = biases === undefined || !isBytes ? undefined : biasFloor(biases, inputScale)
    const rounded = quantizeWeights(floatsOf(weights), dims, {
      axis,
      isMultiplied: true,
      ...(atLeast && { atLeast }),
    })
    // Layers that share weights and have no bias share what they are rounded to.
    const key = `${weights.name} ${axis} ${[...rounded.scales].join()}`
    let found = this.#rounded.get(key)
    if (found === undefined) {
      const name = weights.name!
      const whole = this.#constant(tensor(this.#unique(`${name}_q`), TYPE.int8, dims, rounded.data))
      const scale = this.#vector(`${name}_s`, TYPE.float, rounded.scales)
      const zero = this.#vector(`${name}_z`, TYPE.int8, new Int8Array(rounded.scales.length))
      found = this.#unique(`${name}_d`)
      this.#rounded.set(key, found)
      const attribute = rounded.scales.length > 1 ? [intAttribute('axis', axis!)] : []
      const scales = [whole, scale, zero]
      nodes.push({ opType: 'DequantizeLinear', input: scales, output: [found], attribute })
    }
    inputs[1] = found
    if (bias === undefined || biases === undefined || !isBytes) return nodes
    const { data, scales } = quantizeBias(biases, inputScale, rounded)
    const name = bias.name!
    const whole = this.#constant(tensor(this.#unique(`${name}_q`), TYPE.int32, dimsOf(bias), data))
    const scale = this.#vector(`${name}_s`, TYPE.float, scales)
    const back = this.#unique(`${name}_d`)
    nodes.push({
      opType: 'DequantizeLinear',
      input: [whole, scale],
      output: [back],
      attribute: scales.length > 1 ? [intAttribute('axis', 0)] : [],
    })
    inputs[2] = back
    return nodes
  }

  #scaleOf(name: string): Scale {
    let source = name
    while (this.#plan.sameAs.has(source)) source = this.#plan.sameAs.get(source)!
    return byteScale(this.#ranges.get(source) ?? [0, 0])
  }

  #renameIn(graph: NonNullable<ModelProto['graph']>): void {
    for (const node of graph.node ?? []) {
      node.input = (node.input ?? []).map((name) => this.#rounded.get(name) ?? name)
      for (const inner of subgraphsOf(node)) this.#renameIn(inner)
    }
    for (const output of graph.output ?? [])
      output.name = this.#rounded.get(output.name!) ?? output.name ?? ''
  }

  #number(name: string, type: number, data: Float32Array | Uint8Array): string {
    return this.#constant(tensor(this.#unique(name), type, [], data))
  }

  /** One number where there is one channel. */
  #vector(name: string, type: number, data: Float32Array | Int8Array): string {
    return this.#constant(
      tensor(this.#unique(name), type, data.length === 1 ? [] : [data.length], data),
    )
  }

  #constant(made: ReturnType<typeof tensor>): string {
    const graph = this.#model.graph!
    graph.initializer = [...(graph.initializer ?? []), made]
    return made.name!
  }
}
