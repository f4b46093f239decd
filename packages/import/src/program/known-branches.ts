import * as tf from '@tensorflow/tfjs'
import { renamed } from '../file/functions.ts'
import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'
import { constantValue } from '../ops/constants.ts'
import { findOperator } from '../ops/table.ts'
import { neededNodes } from './prepare.ts'
import { runNodes, Scope } from './run.ts'

/** Branches in branches beyond this are left as they are. */
const DEEPEST = 50

/**
 * A file with the branch that is taken in place of each If whose condition follows from numbers of the file alone. So what lies in it counts as the rest of the network does: its floats are weights.
 */
export function withKnownBranches(file: OnnxFile): OnnxFile {
  const initializers = new Map(file.graph.initializers)
  const nodes: OnnxNode[] = []
  const taken = new Set(allNames(file.graph))
  const place = (list: readonly OnnxNode[], depth: number): void => {
    for (const node of list) {
      const graph = { ...file.graph, nodes, initializers }
      const condition = node.op === 'If' && node.domain === '' && depth < DEEPEST
      const chosen = condition ? knownNumber(node.inputs[0]!, graph, file.opsets) : undefined
      const branch = node.attributes.get(chosen ? 'then_branch' : 'else_branch')
      if (chosen === undefined || !isGraph(branch)) {
        nodes.push(node)
        continue
      }
      const inner = apart(branch, node, taken)
      for (const [name, tensor] of inner.initializers) initializers.set(name, tensor)
      place(inner.nodes, depth + 1)
      for (const [index, { name }] of inner.outputs.entries()) {
        const given = node.outputs[index]
        if (given) nodes.push(handedOn(`${node.name}/output_${index}`, name, given))
      }
    }
  }
  place(file.graph.nodes, 0)
  return { ...file, graph: { ...file.graph, nodes, initializers } }
}

function handedOn(name: string, from: string, to: string): OnnxNode {
  return { name, op: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: new Map() }
}

/** Names of values that a graph makes itself. */
function ownNames({ nodes, initializers }: OnnxGraph): string[] {
  return [...initializers.keys(), ...nodes.flatMap(({ outputs }) => outputs)]
}

function allNames(graph: OnnxGraph): string[] {
  return [...ownNames(graph), ...graph.inputs.map(({ name }) => name)]
}

/** A branch whose own names are nobody else's: two branches may use the same ones. */
function apart(branch: OnnxGraph, { name: of }: OnnxNode, taken: Set<string>): OnnxGraph {
  const names = new Map<string, string>()
  for (const name of ownNames(branch)) {
    if (name === '') continue
    let own = name
    for (let count = 0; taken.has(own); count++) own = `${of}/${name}${count === 0 ? '' : count}`
    taken.add(own)
    if (own !== name) names.set(name, own)
  }
  return names.size === 0 ? branch : renamed(branch, (name) => names.get(name) ?? name)
}

/** The first number of a value where it follows from numbers of the file; undefined where inputs have a part in it. */
function knownNumber(
  name: string,
  graph: OnnxGraph,
  opsets: ReadonlyMap<string, number>,
): number | undefined {
  const nodes = neededNodes(graph, [name])
  const made = new Set(nodes.flatMap(({ outputs }) => outputs))
  const scope = new Scope()
  for (const each of [name, ...nodes.flatMap(({ inputs }) => inputs)]) {
    if (each === '' || made.has(each)) continue
    const tensor = graph.initializers.get(each)
    if (tensor === undefined) return undefined
    scope.set(each, constantValue(tensor))
  }
  // What can't be computed is told with everything else that can't be.
  if (nodes.some((node) => findOperator(node, opsets)?.run === undefined)) return undefined
  if (nodes.some(({ attributes }) => [...attributes.values()].some(isGraph))) return undefined
  return tf.tidy(() => {
    runNodes(nodes, scope, {
      ...{ opsets, training: false },
      within: (_, inputs, run) => run(inputs, false),
      update: () => {},
    })
    return scope.get(name)?.known()?.[0] as number | undefined
  })
}
