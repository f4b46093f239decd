import { ConfigError, ShapeError } from '@ashlar/errors'
import {
  findKernel,
  type Graph,
  ir,
  type Node,
  outputRange,
  type Range,
  type Value,
} from '@ashlar/graph'
import { type FieldInfo, feedOf, fieldsOf } from '../data/fields.ts'
import type { Network } from '../network/network.ts'
import { recordShapes, type Tensors } from '../network/shapes.ts'
import { modelInputs } from './inputs.ts'

/** What a model does with samples, as far as data can be checked by it. */
export interface Forward {
  /** What it gives; undefined where that cannot be found out. */
  readonly outputs: readonly ForwardOutput[] | undefined
  /** Where numbers of the samples are used as indices. */
  readonly picks: readonly RowPick[]
}

/** One output of a model. */
export interface ForwardOutput {
  /** Undefined for the only one of a model that does not name it. */
  readonly name: string | undefined
  /** For one sample. */
  readonly shape: readonly number[]
  /** Where its numbers lie, see `rangeOf`; undefined where that is not known. */
  readonly range: Range | undefined
}

/** A place where a model picks rows of a table by numbers that follow from the samples alone: an embedding. */
export interface RowPick {
  /** Rows of the table: indices must be below. */
  readonly size: number
  /** Path of the layer that picks. */
  readonly layer: string
  /** The field whose numbers it picks by; undefined for the only one. */
  readonly field: string | undefined
  /** From {@link PICK_BATCH} samples, `inputs`, to their indices, `indices`; undefined where the inputs are the indices, cast and reshaped at most. */
  readonly program: Graph | undefined
}

/** The batch that the programs of picks take. */
export const PICK_BATCH = 256

/** What leads from samples to indices is short; anything longer is a computation whose results are the model's own affair. */
const LONGEST = 64

const known = new WeakMap<Network, Map<string, Forward>>()

/** Records the model's forward pass on samples, once for each kind of them. */
export function forwardOf(model: Network, info: FieldInfo): Forward {
  const ofModel = known.get(model) ?? new Map<string, Forward>()
  known.set(model, ofModel)
  const key = JSON.stringify([
    ...[info.inputShape, info.inputDtype, info.inputRange, info.inputs],
    info.scaling,
  ])
  let found = ofModel.get(key)
  if (found === undefined) {
    found = record(model, info)
    ofModel.set(key, found)
  }
  return found
}

/**
 * What a model gives under a name; its only output where there is none.
 *
 * @returns undefined where it cannot be found out, or there is none.
 */
export function outputOf(
  { outputs }: Forward,
  name: string | undefined,
): ForwardOutput | undefined {
  return outputs?.find((each) => each.name === name)
}

/**
 * The shape of a model's output for one sample.
 *
 * @throws ShapeError where it is not known.
 */
export function outputShapeOf(
  model: Network,
  info: FieldInfo,
  name: string | undefined,
): readonly number[] {
  const shape = outputOf(forwardOf(model, info), name)?.shape
  if (shape !== undefined) return shape
  throw new ShapeError({
    where: 'metrics',
    expected: `a metric that counts by class needs an output${name === undefined ? '' : ` ${name}`} of known shape, [batch, ...]`,
    given: `${model.name}, whose output could not be told`,
  })
}

function record(model: Network, info: FieldInfo): Forward {
  const fields = fieldsOf(info).inputs
  const isNamed = fields[0]?.name !== undefined
  const shapes = fields.map(({ shape }) => [PICK_BATCH, ...shape])
  // Scaled by what runs inside: bytes come as numbers.
  const dtypes = fields.map(({ dtype }) => (isNamed && dtype === 'int32' ? 'int32' : 'float32'))
  try {
    const { outputs, names, graph } = recordShapes(
      (tensors) => {
        const feeds = fields.map(({ name }, at) => [feedOf('inputs', name), tensors[at]!] as const)
        return model.apply<Tensors>(modelInputs(Object.fromEntries(feeds), info))
      },
      shapes,
      dtypes,
    )
    const given = names ?? (outputs.length === 1 ? [undefined] : model.signature()?.outputs)
    const isBatch = outputs.every((shape) => shape[0] === PICK_BATCH)
    return {
      outputs:
        given === undefined || !isBatch
          ? undefined
          : outputs.map((shape, at) => ({
              name: given[at],
              shape: shape.slice(1) as number[],
              range: graph && outputRange({ ...graph, outputs: [graph.outputs[at]!] }),
            })),
      picks: graph === undefined ? [] : fields.flatMap(({ name }, at) => picksOf(graph, at, name)),
    }
  } catch (error) {
    // A field that is not taken, or is asked for in vain, no step would tell as well.
    if (error instanceof ConfigError) throw error
    // Whatever else is wrong with the model is told by the step that runs it.
    return { outputs: undefined, picks: [] }
  }
}

function picksOf(graph: Graph, at: number, field: string | undefined): RowPick[] {
  const input = graph.inputs[at]?.value
  return graph.nodes.flatMap((node) => {
    const indexed = findKernel(node.op)?.indexed
    if (input === undefined || indexed === undefined || indexed.mayMiss) return []
    const named = Object.fromEntries(node.inputNames.map((name, at) => [name, node.inputs[at]!]))
    const indices = named[indexed.input]
    const size = indexed.size(named, node.attrs)
    if (indices === undefined || typeof size !== 'number') return []
    const nodes = wayFrom(input, indices)
    if (nodes === undefined) return []
    const isInput = nodes.every(({ op }) => findKernel(op)?.isView)
    const program: Graph = {
      inputs: [{ name: 'inputs', value: input, state: false }],
      outputs: [{ name: 'indices', value: indices, state: false }],
      nodes,
    }
    return [{ size, layer: node.scope, field, program: isInput ? undefined : program }]
  })
}

/** The nodes that compute a value from an input and small constants alone, in order; undefined for one that is computed in another way. */
function wayFrom(input: Value, value: Value): Node[] | undefined {
  const nodes = new Set<Node>()
  let reachesInput = false
  const visit = (each: Value): boolean => {
    if (each === input) {
      reachesInput = true
      return true
    }
    if (ir.isConstant(each)) return true
    const { node } = each
    if (node === undefined || nodes.size > LONGEST) return false
    if (nodes.has(node)) return true
    if (!node.inputs.every((from) => from === undefined || visit(from))) return false
    nodes.add(node)
    return true
  }
  return visit(value) && reachesInput ? [...nodes] : undefined
}
