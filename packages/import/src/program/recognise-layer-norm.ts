import type { OnnxNode } from '../file/graph.ts'
import { meanOf, type Row } from './arithmetic.ts'
import { areNear, computeRegion, type Found, type Region, regionsFrom } from './region.ts'
import type { Wiring } from './wiring.ts'

/** Numbers of one position, and some whose variance is as small as what is added to it. */
const ROWS: readonly Row[] = [
  [0.3, -1.2, 2.1, 0.7, -0.4, 1.6],
  [0.002, -0.003, 0.001, 0.004, -0.001, 0.0015],
]
const VECTORS: readonly Row[] = [
  [1.3, 0.6, -0.8, 1.9, 0.4, 1.1],
  [-0.2, 0.9, 0.35, -1.4, 0.75, 0.1],
]
const TOLERANCE = 1e-6

/** What is added to a variance is no larger. */
const LARGEST_EPSILON = 0.01

/** The layer norms of the value that a mean is taken of, however they are spelled, with scale and offset or without. The one that reaches farthest comes first. */
export function* layerNormsOf(mean: OnnxNode, wiring: Wiring): Generator<Found> {
  const isMean = (node: OnnxNode) => isOverLast(node, wiring)
  if (!isMean(mean)) return
  const accepts = (node: OnnxNode) => node.op !== 'ReduceMean' || isMean(node)
  const x = mean.inputs[0]!
  for (const region of regionsFrom(x, wiring, accepts)) {
    const { parts, vectors, numbers } = region
    if (!parts.includes(mean) || vectors.length > 2) continue
    // A mean that is not taken off is none of a layer norm's.
    if (parts.filter(({ op }) => op === 'ReduceMean').length < 2) continue
    const epsilons = [0, ...numbers.filter((each) => each > 0 && each <= LARGEST_EPSILON)]
    for (const roles of rolesOf(vectors)) {
      const epsilon = epsilons.find((each) => isNorm(region, x, roles, each, wiring))
      if (epsilon === undefined) continue
      const { scale = '', offset = '' } = roles
      const inputs = offset === '' ? (scale === '' ? [x] : [x, scale]) : [x, scale, offset]
      const attributes = new Map([
        ['axis', -1],
        ['epsilon', epsilon],
      ])
      const made = { op: 'LayerNormalization', domain: 'com.microsoft', inputs, attributes }
      yield { node: { ...parts.at(-1)!, ...made }, parts }
      break
    }
  }
}

function isOverLast(node: OnnxNode, { axes }: Wiring): boolean {
  const over = node.op === 'ReduceMean' ? axes(node) : undefined
  return over?.length === 1 && over[0] === -1
}

interface Roles {
  readonly scale?: string
  readonly offset?: string
}

/** What the vectors of a region may be. */
function rolesOf([first, second]: readonly string[]): Roles[] {
  if (first === undefined) return [{}]
  if (second === undefined) return [{ scale: first }, { offset: first }]
  return [
    { scale: first, offset: second },
    { scale: second, offset: first },
  ]
}

/** Whether a region gives the numbers of a layer norm. */
function isNorm(
  region: Region,
  x: string,
  { scale, offset }: Roles,
  epsilon: number,
  wiring: Wiring,
): boolean {
  const [factors, terms] = VECTORS as readonly [Row, Row]
  return ROWS.every((row) => {
    const mean = meanOf(row)
    const deviation = Math.sqrt(meanOf(row.map((each) => (each - mean) ** 2)) + epsilon)
    const wanted = row.map((each, at) => {
      const normal = (each - mean) / deviation
      return normal * (scale === undefined ? 1 : factors[at]!) + (offset ? terms[at]! : 0)
    })
    const given = new Map([[x, row]])
    if (scale !== undefined) given.set(scale, factors)
    if (offset !== undefined) given.set(offset, terms)
    return areNear(computeRegion(region, given, wiring), wanted, TOLERANCE)
  })
}
