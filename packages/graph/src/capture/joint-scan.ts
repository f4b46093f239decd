import {
  countUses,
  createValue,
  dependents,
  type Graph,
  isConstant,
  type Node,
  nodesFor,
  type Row,
  subgraphsOf,
  type Taken,
  type Value,
} from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'
import { simplifyAlgebra } from '../passes/algebra.ts'
import { mergeCommonSubexpressions } from '../passes/common-subexpressions.ts'

/** A step of a scan and the way back through it, as one graph. */
export interface JointStep {
  readonly nodes: Node[]
  /** What it takes of the graph around it, by what stands for it. */
  readonly taken: ReadonlyMap<Value, Value>
  /** Inputs. */
  readonly states: readonly Value[]
  readonly sequences: readonly Value[]
  /** Of the way back: derivatives by the next states and by the rows, and the sums over later steps of derivatives by what is taken. */
  readonly cotangents: readonly Value[]
  /** Next states and rows. */
  readonly results: readonly Value[]
  /** Derivatives by states and sequences, and the sums with those of this step. */
  readonly derivatives: readonly Value[]
}

/** One of both ways. */
export interface OneWay {
  readonly nodes: Node[]
  readonly taken: Taken[]
}

/** A step of a scan, and a step of the way back. */
export interface BothWays {
  readonly forward: OneWay & {
    readonly results: readonly Value[]
    readonly saved: readonly Value[]
  }
  readonly backward: OneWay & {
    /** What stands for the inputs. */
    readonly cotangents: readonly Value[]
    /** By the place of each sequence that it reads. */
    readonly sequences: ReadonlyMap<number, Value>
    /** In step with what the forward way saves. */
    readonly saved: readonly Value[]
    readonly derivatives: readonly Value[]
  }
}

/**
 * Parts a step from the way back. That takes what depends on the states from rows which the step saves, and computes everything else of it again: what follows from the sequences alone
 * is computed before the loop anyway, for all steps at once.
 */
export function partJointStep(joint: JointStep): BothWays {
  const graph = simplified(joint)
  const results = graph.outputs.slice(0, joint.results.length).map(({ value }) => value)
  const derivatives = graph.outputs.slice(joint.results.length).map(({ value }) => value)
  const forward = nodesFor(graph.nodes, results)
  const isStateful = dependents(graph.nodes, joint.states)
  const backward = new BackwardStep(joint, (value) => {
    const { node } = value
    if (node === undefined) return joint.states.includes(value)
    if (!forward.has(node)) return false
    if (subgraphsOf(node).length > 0) return true
    return isStateful.has(value) && !findKernel(node.op)?.isView
  })
  const own = derivatives.map((value) => backward.bring(value))
  const saved = [...backward.saved.keys()]
  const needed = nodesFor(graph.nodes, [...results, ...saved])
  const nodes = graph.nodes.filter((node) => needed.has(node))
  return {
    forward: { nodes, taken: takenBy(nodes, [...results, ...saved], joint), results, saved },
    backward: {
      nodes: backward.nodes,
      taken: backward.taken,
      cotangents: joint.cotangents,
      sequences: backward.sequences,
      saved: [...backward.saved.values()],
      derivatives: own,
    },
  }
}

/** tfjs's copies and double work would look like something to save. */
function simplified({ nodes, results, derivatives }: JointStep): Graph {
  const outputs = [...results, ...derivatives].map((value) => ({ name: '', value, state: false }))
  const graph: Graph = { inputs: [], outputs, nodes: [...nodes] }
  simplifyAlgebra(graph)
  mergeCommonSubexpressions(graph)
  return graph
}

function takenBy(nodes: readonly Node[], outputs: readonly Value[], { taken }: JointStep): Taken[] {
  const rows = outputs.map((value) => ({ name: '', value, state: false }))
  const uses = countUses({ inputs: [], outputs: rows, nodes: [...nodes] })
  return [...taken].flatMap(([outer, input]) => (uses.has(input) ? { input, outer } : []))
}

/** The way back through a step, with values of its own. */
class BackwardStep {
  readonly nodes: Node[] = []
  readonly taken: Taken[] = []
  readonly sequences = new Map<number, Value>()
  /** By the value that the forward way saves. */
  readonly saved = new Map<Value, Value>()
  readonly #joint: JointStep
  readonly #isSaved: (value: Value) => boolean
  readonly #own = new Map<Value, Value>()
  readonly #outer: ReadonlyMap<Value, Value>

  constructor(joint: JointStep, isSaved: (value: Value) => boolean) {
    this.#joint = joint
    this.#isSaved = isSaved
    this.#outer = new Map([...joint.taken].map(([outer, input]) => [input, outer]))
    for (const each of joint.cotangents) this.#own.set(each, each)
  }

  /** What stands here for a value of the joint step. */
  bring(value: Value): Value {
    if (isConstant(value)) return value
    const known = this.#own.get(value)
    if (known !== undefined) return known
    const { node } = value
    if (node !== undefined && !this.#isSaved(value)) {
      this.#copy(node)
      return this.#own.get(value)!
    }
    const own = createValue(value.shape, value.dtype)
    this.#own.set(value, own)
    const outer = this.#outer.get(value)
    const place = this.#joint.sequences.indexOf(value)
    if (outer !== undefined) this.taken.push({ input: own, outer })
    else if (place >= 0) this.sequences.set(place, own)
    else this.saved.set(value, own)
    return own
  }

  #copy(node: Node): void {
    const inputs = node.inputs.map((input) => input && this.bring(input))
    const outputs = node.outputs.map(({ shape, dtype }) => createValue(shape, dtype))
    const copy: Node = { ...node, inputs, outputs }
    for (const [index, output] of outputs.entries()) {
      output.node = copy
      this.#own.set(node.outputs[index]!, output)
    }
    this.nodes.push(copy)
  }
}

/** Rows of values, of so many steps. */
export function rowsOf(values: readonly Value[], steps: Value['shape'][number]): Row[] {
  return values.map((value) => ({
    value,
    outer: createValue([steps, ...value.shape], value.dtype),
  }))
}
