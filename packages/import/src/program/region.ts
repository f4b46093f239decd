import type { OnnxNode } from '../file/graph.ts'
import { computeNode, flowsOf, isArithmetic, type Row } from './arithmetic.ts'
import type { Wiring } from './wiring.ts'

/** More nodes than any exporter makes of an activation or a norm. */
const LARGEST = 32

/** Takers that are looked at; a value that very many take is a file's trap. */
const MOST_STEPS = 1024

/** Nodes that compute a value from another one and what the file knows. */
export interface Region {
  /** In their order; the last one gives the value. */
  readonly parts: readonly OnnxNode[]
  /** Vectors of the file that they take. */
  readonly vectors: readonly string[]
  /** Single numbers that they take. */
  readonly numbers: readonly number[]
}

/** What some nodes are together: the node in their place, and the nodes that it stands for, the one that ends them last. */
export interface Found {
  readonly node: OnnxNode
  readonly parts: readonly OnnxNode[]
}

/**
 * What is computed from a value and numbers of the file alone, as far as it is arithmetic: a region for each node that ends one, those that reach farthest first.
 *
 * @param accepts whether a node may be part of one.
 */
export function regionsFrom(
  x: string,
  wiring: Wiring,
  accepts: (node: OnnxNode) => boolean,
): Region[] {
  const { users, number, isVector } = wiring
  const own = new Set([x])
  const found: OnnxNode[] = []
  const pending = [...(users.get(x) ?? [])]
  for (let step = 0; step < pending.length && step < MOST_STEPS; step++) {
    const node = pending[step]!
    if (found.length === LARGEST) break
    if (found.includes(node) || !isArithmetic(node) || !accepts(node)) continue
    // One whose other inputs are computed later is met again behind them.
    const isKnown = flowsOf(node).every(
      (name) => own.has(name) || number(name) !== undefined || isVector(name),
    )
    if (!isKnown) continue
    found.push(node)
    own.add(node.outputs[0]!)
    pending.push(...(users.get(node.outputs[0]!) ?? []))
  }
  return found.map((end) => regionOf(end, found, wiring)).reverse()
}

function regionOf(end: OnnxNode, all: readonly OnnxNode[], wiring: Wiring): Region {
  const needed = new Set(flowsOf(end))
  const parts = [end]
  for (const node of all.slice(0, all.indexOf(end)).reverse()) {
    if (!needed.has(node.outputs[0]!)) continue
    parts.unshift(node)
    for (const name of flowsOf(node)) needed.add(name)
  }
  return {
    parts,
    vectors: [...needed].filter((name) => wiring.isVector(name)),
    numbers: [...needed].flatMap((name) => wiring.number(name) ?? []),
  }
}

/** What a region gives for some numbers of the value and of the vectors. */
export function computeRegion(
  { parts }: Region,
  given: ReadonlyMap<string, Row>,
  { number }: Wiring,
): Row | undefined {
  const rows = new Map(given)
  for (const node of parts) {
    const inputs = flowsOf(node).map((name) => rows.get(name) ?? [number(name)!])
    const row = computeNode(node, inputs)
    if (row === undefined) return undefined
    rows.set(node.outputs[0]!, row)
  }
  return rows.get(parts.at(-1)!.outputs[0]!)
}

/** Whether numbers are equal within a tolerance; NaN is equal to nothing. */
export function areNear(found: Row | undefined, wanted: Row, tolerance: number): boolean {
  return (
    found?.length === wanted.length &&
    found.every((each, index) => Math.abs(each - wanted[index]!) <= tolerance)
  )
}
