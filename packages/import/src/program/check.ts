import { DataError, EngineError } from '@ashlar/errors'
import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'
import { findOperator, operators, readAttributes } from '../ops/table.ts'

/**
 * Refuses what can't be computed: all of it in one message, each with its node and what could be done.
 *
 * @throws EngineError
 */
export function checkNodes(
  path: string,
  nodes: readonly OnnxNode[],
  opsets: ReadonlyMap<string, number>,
): void {
  const problems = new Map<string, string[]>()
  const visit = (list: readonly OnnxNode[]) => {
    for (const node of list) {
      const problem = problemOf(node, opsets)
      if (problem !== undefined) {
        const names = problems.get(problem)
        if (names === undefined) problems.set(problem, [node.name])
        else names.push(node.name)
      }
      for (const value of node.attributes.values())
        if (isGraph(value)) visit((value as OnnxGraph).nodes)
    }
  }
  visit(nodes)
  if (problems.size === 0) return
  throw new EngineError({
    where: path,
    expected: `every node must have a meaning in TensorFlow.js; these have none`,
    hint: [...problems].map(([problem, names]) => `${shown(names)}: ${problem}`).join('\n  '),
  })
}

/**
 * Refuses outputs that nothing makes.
 *
 * @throws DataError
 */
export function checkOutputs({ path, graph }: OnnxFile, outputs: readonly string[]): void {
  const made = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap((node) => node.outputs),
  ])
  const missing = outputs.filter((name) => !made.has(name))
  if (missing.length === 0 && outputs.length > 0) return
  throw new DataError({
    where: path,
    expected:
      outputs.length === 0
        ? 'the network must have an output'
        : `a node must make ${missing.map((name) => JSON.stringify(name)).join(', ')}, which the network is to give`,
    hint: 'The file is cut off, or its nodes were taken out.',
  })
}

function shown(names: readonly string[]): string {
  const more = names.length - 3
  return `${names.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function problemOf(node: OnnxNode, opsets: ReadonlyMap<string, number>): string | undefined {
  const title = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  const found = findOperator(node, opsets)
  if (found === undefined) {
    const others = operators.filter((each) => each.op === node.op).map(({ domain = '' }) => domain)
    if (others.includes(node.domain)) {
      return `${title} is not known in opset ${opsets.get(node.domain) ?? 1}; convert the file to a newer one (onnx.version_converter)`
    }
    return `${title} is not known; ${replacement(node)}`
  }
  if (found.refused !== undefined) return `${title} can't be: ${found.refused}`
  const unknown = [...node.attributes.keys()].find(
    (name) => !(name in (found.attributes ?? {})) && !isExtra(name),
  )
  const attributes = readAttributes(node, found)
  const refused = found.refuses?.({
    node,
    attributes: attributes as never,
    opset: opsets.get(node.domain) ?? 1,
  })
  if (refused !== undefined) return `${title}: ${refused}`
  return unknown === undefined
    ? undefined
    : `${title} has an attribute ${unknown} that is not known`
}

/** What exporters add for themselves. */
function isExtra(name: string): boolean {
  return name.startsWith('_') || name === 'doc_string'
}

function replacement(node: OnnxNode): string {
  if (node.domain === '') return 'export the network again without it, or with an older opset'
  if (node.domain.startsWith('com.microsoft')) {
    return "it is one of onnxruntime's own: take the file from before its optimization, which has standard operators instead"
  }
  return `export the network again with the standard operators that ${node.op} is made of`
}
