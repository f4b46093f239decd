import { ExportError } from '@ashlar/errors'
import { type Carrier, condAsync, whileLoopAsync } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'
import type { GraphExecutor, GraphNode } from './executor.ts'

/** Tensors by the address of a node's output: its name, with the index of the output where it is not the first. */
type Feeds = Readonly<Record<string, tf.Tensor>>

/** A variable of a loop made of Switch, Merge, Enter, Exit and NextIteration. */
interface LoopVariable {
  readonly enter: GraphNode
  readonly merge: GraphNode
  readonly branch: GraphNode
  /** Address of its next value. */
  readonly next: string
}

/**
 * Reads control flow that is spread over the graph, as TensorFlow's first version has it: the nodes between Enter and Exit are a loop, those between
 * Switch and Merge two branches. Each part is run by tfjs as a graph of its own, from where it begins to where it ends.
 */
export class FrameReader {
  readonly #executor: GraphExecutor
  readonly #carrier: () => Carrier

  constructor(executor: GraphExecutor, carrier: () => Carrier) {
    this.#executor = executor
    this.#carrier = carrier
  }

  /** The tensors at these addresses, when those of the feeds are given. */
  async evaluate(feeds: Feeds, outputs: readonly string[]): Promise<tf.Tensor[]> {
    let known = feeds
    for (;;) {
      const end = this.#firstEnd(known, outputs)
      if (end === undefined) break
      const found = end.op === 'Exit' ? this.#loop(end, known) : this.#branches(end, known)
      known = { ...known, ...(await found) }
    }
    return this.#executor._executeAsync(known, outputs, true)
  }

  /** An Exit or Merge that outputs need, with none before it. */
  #firstEnd(feeds: Feeds, outputs: readonly string[]): GraphNode | undefined {
    const fed = new Set(Object.keys(feeds).map(nodeName))
    const seen = new Set<GraphNode>()
    const stack = outputs.map((address) => this.#node(address))
    let end: GraphNode | undefined
    while (stack.length > 0) {
      const node = stack.pop()!
      if (seen.has(node) || fed.has(node.name) || node.name in this.#executor.weightMap) continue
      seen.add(node)
      if (node.op === 'Exit' || node.op === 'Merge') {
        end = node
        // What it needs itself is found when it is run.
        break
      }
      stack.push(...node.inputs)
    }
    return end
  }

  async #loop(exit: GraphNode, feeds: Feeds): Promise<Feeds> {
    const condition = inputOf(inputOf(exit, 'Switch'), 'LoopCond')
    const variables = condition.children
      .filter(({ op }) => op === 'Switch')
      .map((branch) => this.#variable(branch))
    const frame = variables[0]!.enter.attrParams.frameName?.value
    const moving = new Set(variables.map(({ enter }) => enter))
    const fixed = Object.values(this.#executor.graph.nodes).filter(
      (node) =>
        node.op === 'Enter' && node.attrParams.frameName?.value === frame && !moving.has(node),
    )
    const first = await this.evaluate(
      feeds,
      [...fixed, ...moving].map(({ inputNames }) => inputNames[0]!),
    )
    const around = named(fixed, ({ name }) => name, first.slice(0, fixed.length))
    const ends = await whileLoopAsync(
      (...tensors) =>
        this.evaluate({ ...around, ...named(variables, ({ merge }) => merge.name, tensors) }, [
          condition.inputNames[0]!,
        ]),
      (...tensors) =>
        this.evaluate(
          { ...around, ...named(variables, ({ branch }) => `${branch.name}:1`, tensors) },
          variables.map(({ next }) => next),
        ),
      first.slice(fixed.length),
      this.#carrier(),
    )
    return Object.fromEntries(
      variables.flatMap(({ branch }, index) =>
        branch.children
          .filter(({ op }) => op === 'Exit')
          .map(({ name }) => [name, ends[index]!] as const),
      ),
    )
  }

  #variable(branch: GraphNode): LoopVariable {
    const merge = inputOf(branch, 'Merge')
    return {
      branch,
      merge,
      enter: inputOf(merge, 'Enter'),
      next: inputOf(merge, 'NextIteration').inputNames[0]!,
    }
  }

  async #branches(merge: GraphNode, feeds: Feeds): Promise<Feeds> {
    const sides = merge.inputNames
      .slice(0, 2)
      .map((address) => this.#switchesBefore(address, feeds))
    const predicate = decidingPredicate(merge, sides)
    const switches = [...new Set(sides.flatMap((side) => [...side.keys()]))].filter(
      (node) => node.inputNames[1] === predicate,
    )
    const [flag, ...data] = await this.evaluate(feeds, [
      predicate,
      ...switches.map(({ inputNames }) => inputNames[0]!),
    ])
    const isTrueFirst = sideOf(sides[0]!, predicate) ?? !sideOf(sides[1]!, predicate)!
    const branch = (isTrue: boolean) => () => {
      const given = named(switches, ({ name }) => `${name}:${isTrue ? 1 : 0}`, data)
      return this.evaluate({ ...feeds, ...given }, [
        merge.inputNames[isTrue === isTrueFirst ? 0 : 1]!,
      ])
    }
    const [result] = await condAsync(flag!, branch(true), branch(false), this.#carrier())
    return { [merge.name]: result! }
  }

  /** Switches that a branch comes from, with the sides of them that it was seen to use. */
  #switchesBefore(address: string, feeds: Feeds): Map<GraphNode, Set<boolean>> {
    const fed = new Set(Object.keys(feeds).map(nodeName))
    const found = new Map<GraphNode, Set<boolean>>()
    const seen = new Set<string>()
    const stack = [address]
    while (stack.length > 0) {
      const current = stack.pop()!
      const node = this.#node(current)
      if (seen.has(current) || fed.has(node.name)) continue
      seen.add(current)
      if (node.op !== 'Switch') {
        stack.push(...node.inputNames)
        continue
      }
      const sides = found.get(node) ?? new Set()
      found.set(node, sides.add(current.endsWith(':1')))
      stack.push(node.inputNames[0]!)
    }
    return found
  }

  #node(address: string): GraphNode {
    return this.#executor.graph.nodes[nodeName(address)]!
  }
}

/** The predicate that each of two branches has another side of. */
function decidingPredicate(
  merge: GraphNode,
  sides: readonly ReadonlyMap<GraphNode, ReadonlySet<boolean>>[],
): string {
  const predicates = new Set(
    sides.flatMap((side) => [...side.keys()].map(({ inputNames }) => inputNames[1]!)),
  )
  for (const predicate of predicates) {
    const [one, other] = sides.map((side) => sidesOf(side, predicate)) as [
      Set<boolean>,
      Set<boolean>,
    ]
    const differ = one.size === 1 && other.size === 1 && [...one][0] !== [...other][0]
    // A branch of constants alone says nothing of its side.
    if (differ || one.size + other.size === 1) return predicate
  }
  throw new ExportError({
    where: `${merge.name} (Merge)`,
    expected: 'what comes together must be the two sides of a Switch',
    hint: 'Convert the model again with control flow of version 2.',
  })
}

/** Which side of the predicate's switches a branch uses. */
function sideOf(
  side: ReadonlyMap<GraphNode, ReadonlySet<boolean>>,
  predicate: string,
): boolean | undefined {
  return [...sidesOf(side, predicate)][0]
}

function sidesOf(
  side: ReadonlyMap<GraphNode, ReadonlySet<boolean>>,
  predicate: string,
): Set<boolean> {
  return new Set(
    [...side].flatMap(([{ inputNames }, used]) => (inputNames[1] === predicate ? [...used] : [])),
  )
}

function nodeName(address: string): string {
  return address.split(':')[0]!
}

/** The input of this kind that a node of control flow must have. */
function inputOf(node: GraphNode, op: string): GraphNode {
  const found = node.inputs.find((input) => input.op === op)
  if (found !== undefined) return found
  throw new ExportError({
    where: `${node.name} (${node.op})`,
    expected: `a loop must have a ${op} there`,
    given: node.inputs.map((input) => input.op),
    hint: 'Convert the model again with control flow of version 2.',
  })
}

function named<T>(
  keys: readonly T[],
  name: (key: T) => string,
  tensors: readonly tf.Tensor[],
): Record<string, tf.Tensor> {
  return Object.fromEntries(keys.map((key, index) => [name(key), tensors[index]!]))
}
