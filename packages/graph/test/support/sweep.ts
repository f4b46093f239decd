import * as assert from 'uvu/assert'
import type { Attrs, DType, TypedArray } from '../../src/ir/index.ts'
import type { ExampleInput, KernelDeclaration } from '../../src/ops/declaration.ts'
import {
  anyNumbers,
  isRight,
  isRightInteger,
  LOWEST_INTEGER,
  SPECIAL,
  SPECIAL_INTEGERS,
  usualNumbers,
} from './special-numbers.ts'

/** Numbers of one input. */
type Column = readonly number[]

/** What a kernel gave. */
export interface Given {
  readonly data: ArrayLike<number>
  readonly dtype: DType
}

/** Calls a kernel and gives its first output. */
export type RunKernel = (
  kernel: string,
  inputs: Readonly<Record<string, ExampleInput>>,
  attrs: Attrs,
) => Promise<Given>

/** Holds a kernel against what it means in double precision, over special and other numbers of a type. */
export function sweep(
  declaration: KernelDeclaration,
  dtype: DType,
  run: RunKernel,
  reach: Reach,
): Promise<void> {
  const isReduction = declaration.exact!.over !== undefined
  return (isReduction ? sweepAxes : sweepElements)(declaration, dtype, run, reach)
}

/** Each set of attributes that the examples have, over all numbers or pairs. */
async function sweepElements(
  declaration: KernelDeclaration,
  dtype: DType,
  run: RunKernel,
  { others }: Reach,
): Promise<void> {
  const { kernel, examples } = declaration
  const names = Object.keys(examples[0]!.inputs)
  const columns = columnsFor(names.length, dtype, others)
  const inputs = Object.fromEntries(
    names.map((name, at) => [name, inputOf([columns[at]!.length], dtype, columns[at]!)]),
  )
  const seen = new Set<string>()
  for (const { attrs = {} } of examples) {
    const key = JSON.stringify(attrs)
    if (seen.has(key)) continue
    seen.add(key)
    checkColumns(declaration, { columns, attrs, dtype }, await run(kernel, inputs, attrs))
  }
}

/** Rows of several lengths, reduced along the last, the first and a middle axis, and over two at once. */
async function sweepAxes(
  declaration: KernelDeclaration,
  dtype: DType,
  run: RunKernel,
  { lengths }: Reach,
): Promise<void> {
  const { kernel, exact } = declaration
  const name = kernel === 'Max' ? 'reductionIndices' : 'axis'
  for (const { rows, shape, axes, values } of rowsFor(dtype, lengths)) {
    if (exact!.ofOneAxis && axes.length > 1) continue
    const inputs = { x: inputOf(shape, dtype, values) }
    const results = await run(kernel, inputs, { [name]: axes, keepDims: false })
    checkRows(declaration, { rows, dtype }, results)
  }
}

function inputOf(shape: readonly number[], dtype: DType, values: readonly number[]): ExampleInput {
  return { shape, dtype: dtype as 'float32', values }
}

/** Inputs for an elementwise kernel: for one input all special numbers and many others, for two all pairs of special ones and others. */
function columnsFor(inputs: number, dtype: DType, others: number): Column[] {
  const special = specialOf(dtype)
  if (inputs === 1) return [[...special, ...othersOf(dtype, others, 'x')]]
  const pairs = special.flatMap((a) => special.map((b) => [a, b] as const))
  return [
    [...pairs.map(([a]) => a), ...othersOf(dtype, others, 'a')],
    [...pairs.map(([, b]) => b), ...othersOf(dtype, others, 'b')],
  ]
}

function specialOf(dtype: DType): readonly number[] {
  if (dtype === 'bool') return [0, 1]
  return dtype === 'int32'
    ? [...SPECIAL_INTEGERS, LOWEST_INTEGER]
    : SPECIAL.map((each) => Math.fround(each))
}

function othersOf(dtype: DType, count: number, seed: string): number[] {
  if (dtype === 'bool') return []
  const half = count >> 1
  const usual = usualNumbers(half, seed)
  if (dtype === 'int32')
    return [...usual, ...usual.map((each) => each * 2 ** 20)].map((each) => each | 0)
  return [...usual, ...anyNumbers(half, seed)]
}

/** Holds what an elementwise kernel gave against what it means. */
function checkColumns(
  { kernel, exact }: KernelDeclaration,
  given: { readonly columns: readonly Column[]; readonly attrs: unknown; readonly dtype: DType },
  results: Given,
): void {
  const ofIntegers = given.dtype === 'int32' ? exact!.ofIntegers : undefined
  const count = given.columns[0]!.length
  assert.is(results.data.length, count)
  for (let index = 0; index < count; index++) {
    const numbers = given.columns.map((column) => column[index]!)
    const wanted = ofIntegers?.(...numbers) ?? exact!.of!(...numbers, given.attrs)
    check(`${kernel}(${numbers}) of ${given.dtype}`, results.data[index]!, wanted, results.dtype)
  }
}

function check(what: string, got: number, wanted: number, dtype: DType, slack = 0): void {
  const isFine =
    dtype === 'bool'
      ? Boolean(got) === (wanted !== 0)
      : dtype === 'int32'
        ? (isRightInteger(got, wanted) ?? true)
        : isRight(got, wanted) || Math.abs(got - wanted) <= slack
  if (!isFine) assert.unreachable(`${what}: expected ${wanted}, got ${got}`)
}

/** A tensor to reduce, and the numbers that become each result. */
interface Reduced {
  readonly rows: readonly (readonly number[])[]
  readonly shape: readonly number[]
  readonly axes: readonly number[]
  readonly values: readonly number[]
}

/** How far a sweep goes. */
export interface Reach {
  /** Numbers beside the special ones. */
  readonly others: number
  /** Lengths of rows that are reduced. */
  readonly lengths: readonly number[]
}

/** Ends of vector registers, a prime, and so many that their sum takes several steps. */
export const USUAL_REACH: Reach = { others: 400, lengths: [3, 33, 1009] }

export const FAR_REACH: Reach = {
  others: 20_000,
  lengths: [2, 7, 17, 64, 130, 255, 1025, 10_007, 65_536],
}

/** Every length along the last, the first and a middle axis and over two axes; each row with a special number at another place, or with equal numbers. */
function rowsFor(dtype: DType, lengths: readonly number[]): Reduced[] {
  return lengths.flatMap((length) => {
    const rows = rowsOf(dtype, length)
    const count = rows.length
    const turned = Array.from({ length }, (_, at) => rows.map((row) => row[at]!)).flat()
    const flat = rows.flat()
    return [
      { rows, shape: [count, length], axes: [1], values: flat },
      { rows, shape: [length, count], axes: [0], values: turned },
      { rows, shape: [1, length, count], axes: [0, 1], values: turned },
      // Two rows side by side: [2, length, count / 2].
      ...(count % 2 === 0 ? [middle(rows, length)] : []),
    ]
  })
}

function middle(rows: readonly (readonly number[])[], length: number): Reduced {
  const half = rows.length / 2
  const values = [0, 1].flatMap((part) =>
    Array.from({ length }, (_, at) =>
      rows.slice(part * half, (part + 1) * half).map((row) => row[at]!),
    ).flat(),
  )
  return { rows, shape: [2, length, half], axes: [1], values }
}

function rowsOf(dtype: DType, length: number): number[][] {
  if (dtype === 'bool') {
    const row = (odd: number) =>
      Array.from({ length }, (_, at) => Number((at === length - 1) === (odd === 1)))
    return [Array(length).fill(1), Array(length).fill(0), row(0), row(1)]
  }
  if (dtype === 'int32') {
    const usual = usualNumbers(length, 'row').map(Math.trunc)
    const large = usual.map((each) => each * 2 ** 21)
    return [usual, large, Array(length).fill(2147483647), Array(length).fill(16777217)].map((row) =>
      row.map((each) => each | 0),
    )
  }
  const usual = usualNumbers(length, 'row')
  const put = (value: number, at: number) =>
    usual.map((each, index) => (index === at ? value : each))
  const places = [...new Set([0, 1, length >> 1, length - 2, length - 1])]
  const rows = [
    ...places.map((at) => put(Number.NaN, at)),
    put(Number.POSITIVE_INFINITY, length - 1),
    put(Number.NEGATIVE_INFINITY, 0),
    put(Number.POSITIVE_INFINITY, 0).map((each, at) =>
      at === 1 ? Number.NEGATIVE_INFINITY : each,
    ),
    Array(length).fill(Math.fround(0.1)),
    Array(length).fill(1e-40),
    Array(length).fill(1e-30),
    Array(length).fill(Number.NEGATIVE_INFINITY),
    usual,
    usual.map(Math.abs),
  ]
  return (rows.length % 2 === 0 ? rows : [...rows, usual]).map((row) => row.map(Math.fround))
}

/** Holds what a reduction gave against what it means. Where signs differ, digits are lost in any order: 2e-6 of the magnitudes then; 1e-41 where they are tiny. */
function checkRows(
  { kernel, exact }: KernelDeclaration,
  given: { readonly rows: readonly (readonly number[])[]; readonly dtype: DType },
  results: Given,
): void {
  assert.is(results.data.length, given.rows.length)
  for (const [index, row] of given.rows.entries()) {
    const integers = given.dtype === 'int32' ? exact!.overIntegers : undefined
    const wanted = integers?.(row) ?? exact!.over!(row, {})
    const sizes = exact!.over!(row.map(Math.abs), {})
    const what = `${kernel} over ${row.length} of ${given.dtype}, row ${index} (${row.slice(0, 3)}, ...)`
    check(what, results.data[index]!, wanted, results.dtype, 2e-6 * sizes + 1e-41)
  }
}

/** The same for an array of a tensor. */
export function given(data: TypedArray, dtype: DType): Given {
  return { data: data as unknown as ArrayLike<number>, dtype }
}
