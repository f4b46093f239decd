import {
  beforeReshapes,
  constant,
  createValue,
  type DType,
  filled,
  type Graph,
  isKernel,
  kernelNode,
  type Node,
  namedInput,
  type Shape,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import type { Target } from '../lower/target.ts'

/** Multiply-adds of the product, at most, for each number that would be added one by one: with AVX-512 on one core that takes as long as some 600, without as some 130. */
const WORTH = { wide: 256, narrow: 64 } as const

/** So many numbers that are added one by one take no longer than the product takes to begin. */
const FEW = 2 ** 15

/**
 * The gradient of an embedding whose rows are pooled, as in a mean over the words of a text, is the same row for all words of a text, but for a number of each: the product of how often, and with what weight, each text has each
 * word, with the rows of the texts. onnxruntime adds rows one number after the other on one thread; of this product one number for each word is added. For captured graphs of fixed shapes, after segments that are known are marked.
 */
export function countPooledRows(graph: Graph, { block }: Pick<Target, 'block'>): void {
  const worth = block === 16 ? WORTH.wide : WORTH.narrow
  graph.nodes = graph.nodes.flatMap((node) => {
    const rows = pooledRows(node)
    return rows !== undefined && isWorth(rows, worth) ? counted(node, rows) : [node]
  })
}

interface PooledRows {
  /** A row for each text, [texts, width]. */
  readonly texts: Value
  /** What each word has of it: [texts, words, 1], or one number. */
  readonly weights: Value
  /** The number of texts, of words in each, of numbers in a row, and of rows of the table. */
  readonly sizes: readonly [texts: number, words: number, width: number, table: number]
}

/** Of a sum over rows, what these are made of; undefined where they do not come of pooling. */
function pooledRows(node: Node): PooledRows | undefined {
  if (!isKernel(node, 'UnsortedSegmentSum') || node.attrs.areKnown !== true) return undefined
  const product = beforeReshapes(namedInput(node, 'x')!).node
  if (!isKernel(product, 'Multiply')) return undefined
  const shape = product.outputs[0]!.shape
  const [texts, words, width] = shape as readonly number[]
  const table = Number(node.attrs.numSegments)
  const rows = namedInput(node, 'x')!.shape
  const isWhole = [...shape, ...rows, table].every((size) => Number.isInteger(size))
  if (shape.length !== 3 || !isWhole || !sameShape(rows, [texts! * words!, width!]))
    return undefined
  const [a, b] = [namedInput(product, 'a')!, namedInput(product, 'b')!]
  const one = [texts!, 1, width!]
  const [row, factor] = sameShape(a.shape, one) ? [a, b] : [b, a]
  if (!sameShape(row.shape, one)) return undefined
  const each = uniformValue(factor)
  const weights = each === undefined ? factor : filled(each, [], 'float32')
  if (each === undefined && !sameShape(factor.shape, [texts!, words!, 1])) return undefined
  return { texts: row, weights, sizes: [texts!, words!, width!, table] }
}

function isWorth({ sizes: [texts, words, width, table] }: PooledRows, worth: number): boolean {
  return (
    words > 1 && texts * words * width >= FEW && table <= worth * words && table * texts < 2 ** 31
  )
}

/** The nodes that compute the sum as a product. */
function counted(sum: Node, { texts, weights, sizes }: PooledRows): Node[] {
  const [count, words, width, table] = sizes
  const nodes: Node[] = []
  const emit = (
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shape: Shape,
    dtype: DType,
    attrs: Node['attrs'] = {},
  ): Value => {
    const output = createValue(shape, dtype)
    nodes.push(kernelNode(op, inputs, [output], { attrs, scope: sum.scope }))
    return output
  }
  const list = [count * words]
  const reshape = (x: Value, shape: readonly number[]) =>
    emit('Reshape', { x }, shape, x.dtype, { shape })
  const picks = namedInput(sum, 'segmentIds')!
  const numbers = Int32Array.from({ length: count * words }, (_, at) => Math.floor(at / words))
  const scaled = emit('Multiply', { a: picks, b: filled(count, [], 'int32') }, list, 'int32')
  const text = constant(numbers, list, 'int32')
  const segmentIds = emit('Add', { a: scaled, b: text }, list, 'int32')
  const each = uniformValue(weights)
  const x = each === undefined ? reshape(weights, list) : filled(each, list, 'float32')
  const attrs = { numSegments: table * count, areKnown: true }
  const flat = emit('UnsortedSegmentSum', { x, segmentIds }, [table * count], 'float32', attrs)
  const a = reshape(flat, [table, count])
  const b = reshape(texts, [count, width])
  const product = { transposeA: false, transposeB: false }
  nodes.push(kernelNode('BatchMatMul', { a, b }, sum.outputs, { attrs: product, scope: sum.scope }))
  return nodes
}
