import { ShapeError } from '@ashlar/errors'
import {
  findKernel,
  type Graph,
  ir,
  type Node,
  outputRange,
  type Range,
  type Value,
} from '@ashlar/graph'
import type { SampleInfo } from '../data/samples.ts'
import type { Network } from '../network/network.ts'
import { recordShapes } from '../network/shapes.ts'
import { modelInputs } from './inputs.ts'

/** What a model does with samples, as far as data can be checked by it. */
export interface Forward {
  /** Shape of its output for one sample; undefined for several outputs, or where it cannot be found out. */
  readonly outputShape: readonly number[] | undefined
  /** Where the numbers of that output lie, see `rangeOf`; undefined where that is not known. */
  readonly range?: Range | undefined
  /** Where numbers of the samples are used as indices. */
  readonly picks: readonly RowPick[]
}

/** A place where a model picks rows of a table by numbers that follow from the samples alone: an embedding. */
export interface RowPick {
  /** Rows of the table: indices must be below. */
  readonly size: number
  /** Path of the layer that picks. */
  readonly layer: string
  /** From {@link PICK_BATCH} samples, `inputs`, to their indices, `indices`; undefined where the inputs are the indices, cast and reshaped at most. */
  readonly program: Graph | undefined
}

/** The batch that the programs of picks take. */
export const PICK_BATCH = 64

/** What leads from samples to indices is short; anything longer is a computation whose results are the model's own affair. */
const LONGEST = 64

const known = new WeakMap<Network, Map<string, Forward>>()

/** Records the model's forward pass on samples, once for each kind of them. */
export function forwardOf(model: Network, info: SampleInfo): Forward {
  const ofModel = known.get(model) ?? new Map<string, Forward>()
  known.set(model, ofModel)
  const key = JSON.stringify([info.inputShape, info.inputDtype, info.inputRange, info.scaling])
  let found = ofModel.get(key)
  if (found === undefined) {
    found = record(model, info)
    ofModel.set(key, found)
  }
  return found
}

/**
 * The shape of a model's output for one sample.
 *
 * @throws ShapeError when there are several outputs.
 */
export function outputShapeOf(model: Network, info: SampleInfo): readonly number[] {
  const { outputShape } = forwardOf(model, info)
  if (outputShape !== undefined) return outputShape
  throw new ShapeError({
    where: 'metrics',
    expected: 'a metric that counts by class needs a model with one output, [batch, ...]',
    given: `${model.name}, whose output could not be told`,
  })
}

function record(model: Network, info: SampleInfo): Forward {
  try {
    const { outputs, graph } = recordShapes(
      ([inputs]) => model.apply(modelInputs(inputs!, info)),
      [[PICK_BATCH, ...info.inputShape]],
    )
    const [output] = outputs
    const isOne = outputs.length === 1 && output?.[0] === PICK_BATCH
    return {
      outputShape: isOne ? (output.slice(1) as number[]) : undefined,
      range: graph && isOne ? outputRange(graph) : undefined,
      picks: graph === undefined ? [] : picksOf(graph),
    }
  } catch {
    // Whatever is wrong with the model is told by the step that runs it.
    return { outputShape: undefined, picks: [] }
  }
}

function picksOf(graph: Graph): RowPick[] {
  const input = graph.inputs[0]?.value
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
    return [{ size, layer: node.scope, program: isInput ? undefined : program }]
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
