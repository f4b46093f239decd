import {
  constant,
  createValue,
  type DType,
  filled,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  type Shape,
  sameShape,
  sizeOf,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { inOrder } from './in-order.ts'
import { roundsOfTable } from './update-in-rounds.ts'
import { ZeroGradient } from './zero-gradient.ts'

/** A table must have so many times the rows that a step picks: for fewer, going over it as a whole is as quick. */
const RARE = 3

/** The same, where the rows that are not picked change too: what is spared is less. */
const RARER = 8

/** Elements that are not picked, at least: the update of a smaller table takes no longer than finding the rows does. */
const LARGE = 2 ** 18

/** Kernels that compute each row of their result of the same rows of their operands. */
const BY_ROWS: ReadonlySet<string> = new Set([
  ...['Add', 'AddV2', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'NotEqual', 'Select'],
  ...['Sqrt', 'Rsqrt', 'Square', 'Neg', 'Abs', 'ClipByValue', 'Identity', 'LogicalNot'],
])

/** What {@link updateUsedRows} may do. */
export interface UsedRowsOptions {
  /** Elements that are not picked, at least. */
  readonly large?: number | undefined
  /** Whether rows that were not picked may change: what is computed for all of them and the picked rows are then written to the same memory, which takes variables that a store holds. */
  readonly allowsOthers?: boolean | undefined
}

/**
 * Updates the rows of a table that a step has picked, where all others stay as they are: those of an embedding in plain gradient descent, and in any optimizer that is `lazy`. The
 * arithmetic of the update is computed for the rows that were picked alone, and written among the others. Numbers are those of the whole table's arithmetic. Where others change as well, as slots decay, they are
 * computed with a gradient of zero, for all rows, before those that were picked are written. For captured graphs of fixed shapes.
 */
export function updateUsedRows(graph: Graph, options: UsedRowsOptions = {}): void {
  const { large = LARGE, allowsOthers = false } = options
  const picked = new Map<Value, PickedRows>()
  const replaced = new Map<Node, readonly Node[]>()
  const zeros = new Map<Value, ZeroGradient>()
  for (const { state, value } of graph.outputs) {
    if (!state || replaced.has(value.node!)) continue
    const found =
      rowUpdate(value, large) ?? (allowsOthers ? allRows(value, large, zeros) : undefined)
    if (found === undefined) continue
    let rows = picked.get(found.sum)
    if (rows === undefined) {
      rows = new PickedRows(found.sum)
      picked.set(found.sum, rows)
    }
    const others = zeros.get(found.sum)?.take() ?? []
    replaced.set(value.node!, [...others, ...rows.written(found.before, value)])
  }
  if (replaced.size === 0) return
  graph.nodes = inOrder(graph.nodes.flatMap((node) => replaced.get(node) ?? [node]))
}

interface RowUpdate {
  /** The derivative by the table: rows that were not picked are zero. */
  readonly sum: Value
  /** What rows that were not picked stay, or become. */
  readonly before: Value
}

/** Whether a value is a table of which all rows but those that were picked are as they were. */
function rowUpdate({ node, shape }: Value, large: number): RowUpdate | undefined {
  if (node?.domain !== 'tfjs') return undefined
  if (node.op === 'Sub') {
    const before = namedInput(node, 'a')!
    const sum = sumOf(namedInput(node, 'b')!, large)
    return sum && sameShape(before.shape, shape) ? { sum, before } : undefined
  }
  if (node.op !== 'Select') return undefined
  const sum = usedRows(namedInput(node, 'condition')!, large)
  const before = namedInput(node, 'e')!
  return sum && sameShape(before.shape, shape) ? { sum, before } : undefined
}

/** The update of a table of which rows that were not picked change by known arithmetic. */
function allRows(
  value: Value,
  large: number,
  zeros: Map<Value, ZeroGradient>,
): RowUpdate | undefined {
  if (value.shape.length !== 2 || roundsOfTable(Number(sizeOf(value.shape))) === undefined)
    return undefined
  const sums = sumsUnder(value, large)
  const [sum] = sums
  if (sum === undefined || sums.size > 1) return undefined
  let zero = zeros.get(sum)
  if (zero === undefined) {
    zero = new ZeroGradient(sum)
    zeros.set(sum, zero)
  }
  const before = zero.of(value)
  return before === value ? undefined : { sum, before }
}

/** The sums of rarely picked rows that a table is computed of, row by row. */
function sumsUnder(table: Value, large: number): Set<Value> {
  const seen = new Set<Value>()
  const sums = new Set<Value>()
  const pending = [table]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const { node } = value
    if (seen.has(value) || node?.domain !== 'tfjs' || !sameShape(value.shape, table.shape)) continue
    seen.add(value)
    if (sumOf(value, large, RARER) === value) sums.add(value)
    else if (BY_ROWS.has(node.op)) pending.push(...(node.inputs as Value[]))
  }
  return sums
}

/** Of the condition that a row of a derivative has a number that is not zero, the derivative. */
function usedRows(condition: Value, large: number): Value | undefined {
  const { node } = condition
  if (node?.domain !== 'tfjs') return undefined
  if (node.op === 'Tile' || node.op === 'Reshape' || node.op === 'Identity') {
    const x = namedInput(node, 'x') ?? namedInput(node, 'tensor')!
    return x.shape[0] === condition.shape[0] ? usedRows(x, large) : undefined
  }
  if (node.op === 'Any') return usedRows(namedInput(node, 'x')!, large)
  if (node.op !== 'NotEqual' || uniformValue(namedInput(node, 'b')) !== 0) return undefined
  return sumOf(namedInput(node, 'a')!, large)
}

/** The sum of picked rows that a value is, but for factors that all of it has. */
function sumOf(value: Value, large: number, rare: number = RARE): Value | undefined {
  const { node, shape } = value
  if (node?.domain !== 'tfjs' || !isStatic(shape)) return undefined
  if (node.op === 'UnsortedSegmentSum') {
    const count = Number(namedInput(node, 'segmentIds')!.shape[0])
    const [size, width] = shape as readonly [number, number]
    const isRare = shape.length === 2 && rare * count <= size && (size - count) * width >= large
    return isRare ? value : undefined
  }
  if (node.op !== 'Multiply') return undefined
  const [a, b] = [namedInput(node, 'a')!, namedInput(node, 'b')!]
  if (sizeOf(b.shape) === 1) return sumOf(a, large, rare)
  return sizeOf(a.shape) === 1 ? sumOf(b, large, rare) : undefined
}

/** What is computed for the rows that a step has picked: an entry for each pick, equal where a row was picked twice. */
class PickedRows {
  /** The number of rows of the table, and of picks. */
  readonly #size: number
  readonly #count: number
  readonly #scope: string
  readonly #entries = new Map<Value, Value>()
  readonly #nodes: Node[] = []
  readonly #places: Value
  /** The same, as what is written by places takes them. */
  readonly #indices: Value

  constructor(sum: Value) {
    const node = sum.node!
    this.#scope = node.scope
    this.#size = Number(sum.shape[0])
    const picks = namedInput(node, 'segmentIds')!
    this.#count = Number(picks.shape[0])
    // Sums leave out what lies outside; nothing may be written there either.
    const last = filled(this.#size - 1, [], 'int32')
    const zero = filled(0, [], 'int32')
    const inside = this.#emit('Maximum', { a: picks, b: zero }, picks.shape, 'int32')
    this.#places = this.#emit('Minimum', { a: inside, b: last }, picks.shape, 'int32')
    const shape = [this.#count, 1]
    this.#indices = this.#emit('Reshape', { x: this.#places }, shape, 'int32', { shape })
    this.#entries.set(sum, this.#sumOfEach(picks, namedInput(node, 'x')!))
  }

  /** The nodes that write the entries of a value among the rows of the table as it was. */
  written(before: Value, value: Value): readonly Node[] {
    const updates = this.#of(value)
    const given = { tensor: before, indices: this.#indices, updates }
    const write = kernelNode('TensorScatterUpdate', given, [value], { scope: this.#scope })
    return [...this.#nodes.splice(0), write]
  }

  /** Sums over equal picks without a table of sums: of each row that was picked, one of its picks stands for all. */
  #sumOfEach(picks: Value, x: Value): Value {
    const count = this.#count
    const list = [count]
    const numbers = constant(
      Int32Array.from({ length: count }, (_, index) => index),
      list,
      'int32',
    )
    const none = filled(0, [this.#size], 'int32')
    const stands = this.#emit(
      'TensorScatterUpdate',
      { tensor: none, indices: this.#indices, updates: numbers },
      [this.#size],
      'int32',
    )
    const place = this.#gather(stands)
    const isInside = this.#emit('Equal', { a: picks, b: this.#places }, list, 'bool')
    const outside = filled(-1, list, 'int32')
    const segmentIds = this.#emit(
      'Select',
      { condition: isInside, t: place, e: outside },
      list,
      'int32',
    )
    const shape = [count, ...x.shape.slice(1)]
    const sums = this.#emit('UnsortedSegmentSum', { x, segmentIds }, shape, 'float32', {
      numSegments: count,
    })
    return this.#gather(sums, place)
  }

  /** The entries of a value that has a row for each of the table's. */
  #of(value: Value): Value {
    const known = this.#entries.get(value)
    if (known !== undefined) return known
    const entries = this.#again(value) ?? this.#gather(value)
    this.#entries.set(value, entries)
    return entries
  }

  /** The kernel that made a value, on entries; undefined where it is not computed row by row. */
  #again({ node, shape, dtype }: Value): Value | undefined {
    if (node?.domain !== 'tfjs' || node.outputs.length !== 1) return undefined
    const isByRow =
      BY_ROWS.has(node.op) ||
      (node.op === 'Tile' && (node.attrs.reps as readonly number[])[0] === 1) ||
      (node.op === 'Any' && isOfColumns(node.attrs.axis) && node.attrs.keepDims === true)
    const isWhole = (input: Value) => input.shape.length === 2 && input.shape[0] === this.#size
    const fits = node.inputs.every(
      (input) => input && (isWhole(input) || input.shape.length < 2 || input.shape[0] === 1),
    )
    if (!isByRow || !fits || !node.inputs.some((input) => isWhole(input!))) return undefined
    // A list would go along the columns; one as long as the table has rows is none of them.
    const inputs = node.inputs.map((input) => (isWhole(input!) ? this.#of(input!) : input))
    const output = createValue([this.#count, ...shape.slice(1)], dtype)
    output.node = { ...node, inputs, outputs: [output] }
    this.#nodes.push(output.node)
    return output
  }

  #gather(x: Value, indices: Value = this.#places): Value {
    const shape = [this.#count, ...x.shape.slice(1)]
    return this.#emit('GatherV2', { x, indices }, shape, x.dtype, { axis: 0, batchDims: 0 })
  }

  #emit(
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shape: Shape,
    dtype: DType,
    attrs: Node['attrs'] = {},
  ): Value {
    const output = createValue(shape, dtype)
    this.#nodes.push(kernelNode(op, inputs, [output], { attrs, scope: this.#scope }))
    return output
  }
}

/** Whether a table is reduced along its columns alone. */
function isOfColumns(axis: unknown): boolean {
  return [axis].flat().every((each) => each === 1 || each === -1)
}
