import { erf } from '@ashlar/graph'
import type { OnnxNode } from '../file/graph.ts'
import { isArithmetic } from './arithmetic.ts'
import { areNear, computeRegion, type Found, regionsFrom } from './region.ts'
import type { Wiring } from './wiring.ts'

/** What is compared: where it bends, and far enough out. */
const POINTS: readonly number[] = Array.from({ length: 33 }, (_, at) => (at - 16) / 2.5)

/** Constants of exporters have few digits; both kinds of GELU are twenty times as far from each other. */
const TOLERANCE = 2e-5

/** Nodes between a GELU's input and what it bends at, at most. */
const DEEPEST = 8

const KINDS = {
  none: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  tanh: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
} as const

/** The GELUs around an Erf or Tanh, however they are spelled: whatever gives the numbers of one is one. The one that reaches farthest comes first. */
export function* gelusAround(bend: OnnxNode, wiring: Wiring): Generator<Found> {
  const kind = bend.op === 'Erf' ? 'none' : 'tanh'
  const wanted = POINTS.map(KINDS[kind])
  for (const x of before(bend, wiring)) {
    const accepts = ({ op }: OnnxNode) => op !== 'ReduceMean'
    for (const region of regionsFrom(x, wiring, accepts)) {
      if (!region.parts.includes(bend) || region.vectors.length > 0) continue
      const found = computeRegion(region, new Map([[x, POINTS]]), wiring)
      if (!areNear(found, wanted, TOLERANCE)) continue
      const { parts } = region
      const end = parts.at(-1)!
      const attributes = new Map([['approximate', kind]])
      yield { node: { ...end, op: 'Gelu', domain: '', inputs: [x], attributes }, parts }
    }
  }
}

/** Values that a node's input is computed of, nearest first. */
function before(bend: OnnxNode, { maker, number }: Wiring): string[] {
  const found = new Set<string>()
  let names: readonly string[] = bend.inputs
  for (let depth = 0; depth < DEEPEST && names.length > 0; depth++) {
    names = names.filter((name) => !found.has(name) && number(name) === undefined)
    for (const name of names) found.add(name)
    names = names.flatMap((name) => {
      const node = maker.get(name)
      return node !== undefined && isArithmetic(node) ? node.inputs : []
    })
  }
  return [...found]
}
