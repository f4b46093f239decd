import {
  type Dim,
  emptyGraph,
  type Graph,
  isStatic,
  type Node,
  type Shape,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'

/** Arithmetic on two operands that is worth it: what it takes as long for is where a row ends. */
const BINARY = new Set(['Add', 'Sub', 'Mul', 'Max', 'Min'])
const COMPARISONS = new Set(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'])

/** Numbers of a row, at most: of 32 and more, onnxruntime is as quick as it is without. */
const SHORT = 16

/** With fewer rows than this, the nodes that are added take as long as is saved. */
const MANY_ROWS = 2048

/** As long as this, a row is filled by copies of one number more quickly than by broadcasting it. Other numbers than float32 have no quick product. */
const FEW_COPIES = 8

/** Numbers that some rows are laid side by side for. */
const LONG = 1024

/** What an operand has for each row of the result. */
type Kind = 'all' | 'number' | 'row' | 'scalar'

/**
 * Lets arithmetic on many short rows, such as the classes of each pixel, run along long ones. onnxruntime starts anew wherever an operand does that has one number for each row, or one row
 * for all: 3 ns each time, which is as much as a dozen numbers take. One number for each row is spread by a product with ones, which is exact but for the sign of zero (or by copies of it, where it is no float32, or where the sign may be seen, as in 1 / (x * c)), and a row
 * that is the same for all is repeated, so that as many rows are one. What broadcasts in other ways is left alone. For lowered graphs.
 */
export function lengthenRows(
  graph: Graph,
  { keepsZeros = false }: { readonly keepsZeros?: boolean } = {},
): void {
  graph.nodes = graph.nodes.flatMap((node) => {
    // Comparisons do not see the sign of a zero.
    const rows = shortRows(node, keepsZeros && !COMPARISONS.has(node.op))
    return rows === undefined ? [node] : lengthened(node, rows)
  })
}

interface Rows {
  readonly count: number
  readonly length: number
  readonly kinds: readonly Kind[]
  /** How many are laid side by side. */
  readonly joined: number
  /** Whether zeros keep their sign, so that no product may spread them. */
  readonly keepsZeros: boolean
}

/** How a node's result is parted into rows; undefined where they are few or long, or operands lie across them. */
function shortRows({ op, domain, inputs, outputs }: Node, keepsZeros: boolean): Rows | undefined {
  const [{ shape }] = outputs as [Value]
  if (domain !== '' || !(BINARY.has(op) || COMPARISONS.has(op)) || !isStatic(shape)) {
    return undefined
  }
  const size = Number(sizeOf(shape))
  for (let axis = shape.length - 1, length = 1; axis > 0; axis--) {
    length *= Number(shape[axis])
    if (length > SHORT || size / length < MANY_ROWS) return undefined
    const kinds = inputs.map((input) => kindOf(input!, shape, axis, keepsZeros))
    if (length === 1 || kinds.includes(undefined)) continue
    if (!kinds.includes('number') && !kinds.includes('row')) return undefined
    const count = size / length
    const joined = kinds.includes('row') ? mostJoined(count, length) : 1
    if (kinds.includes('row') && joined * length <= SHORT) return undefined
    return { count, length, kinds: kinds as Kind[], joined, keepsZeros }
  }
  return undefined
}

/** What an operand has for each row, where rows are the axes from `axis` on; undefined where it is none of it, or cannot be spread. */
function kindOf(
  { shape, dtype }: Value,
  result: Shape,
  axis: number,
  keepsZeros: boolean,
): Kind | undefined {
  const missing = Math.max(result.length - shape.length, 0)
  const sizes: Shape = [...Array.from({ length: missing }, () => 1), ...shape]
  const isOne = (each: Dim) => each === 1
  if (sizes.every(isOne)) return 'scalar'
  if (sameShape(sizes, result)) return 'all'
  const [outer, inner] = [sizes.slice(0, axis), sizes.slice(axis)]
  if (outer.every(isOne) && sameShape(inner, result.slice(axis))) return 'row'
  const isSpread = inner.every(isOne) && sameShape(outer, result.slice(0, axis))
  const hasProduct = dtype === 'float32' && !keepsZeros
  const isQuick = hasProduct || Number(sizeOf(result.slice(axis))) <= FEW_COPIES
  return isSpread && isQuick ? 'number' : undefined
}

/** As many rows as make a long one, of those numbers that divide their count. */
function mostJoined(count: number, length: number): number {
  let joined = Math.min(Math.floor(LONG / length), count)
  while (count % joined !== 0) joined--
  return joined
}

function lengthened(node: Node, { count, length, kinds, joined, keepsZeros }: Rows): Node[] {
  const builder = new OnnxBuilder(emptyGraph())
  builder.scope = node.scope
  builder.origin = node.origin
  const [output] = node.outputs as [Value]
  const shape = [count / joined, joined * length]
  const inputs = node.inputs.map((input, index) => {
    const kind = kinds[index]!
    if (kind === 'scalar') return builder.reshape(input!, [])
    if (kind === 'all') return builder.reshape(input!, shape)
    if (kind === 'row') return repeated(builder, builder.reshape(input!, [length]), joined)
    const column = builder.reshape(input!, [count, 1])
    return builder.reshape(spread(builder, column, length, keepsZeros), shape)
  })
  const result = builder.node(node.op, inputs, node.attrs, { shape, dtype: output.dtype })
  // A result of that shape is given as it is.
  if (!sameShape(shape, output.shape)) builder.reshape(result, output.shape)
  const { nodes } = builder.graph
  const last = { ...nodes.at(-1)!, outputs: [output] }
  output.node = last
  return [...nodes.slice(0, -1), last]
}

/** A column several times, side by side. */
function spread(builder: OnnxBuilder, x: Value, times: number, keepsZeros: boolean): Value {
  if (x.dtype === 'float32' && !keepsZeros) return builder.matMul(x, builder.ones(1, [1, times]))
  return builder.concat(
    Array.from({ length: times }, () => x),
    1,
  )
}

/** A vector several times. */
function repeated(builder: OnnxBuilder, x: Value, times: number): Value {
  const size = times * Number(x.shape[0])
  return builder.node('Tile', [x, builder.ints([times])], {}, { shape: [size], dtype: x.dtype })
}
