import {
  createValue,
  type Dim,
  kernelNode,
  type Node,
  type Shape,
  type SymbolicDim,
  sizeOf,
  type TypedArray,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { constantError, dependsError } from './size-errors.ts'
import { tableOf } from './tables.ts'

/** What unifying a constant needs. */
export interface ConstantContext {
  readonly where: string
  /** The size with these values. */
  find(samples: readonly number[]): Dim | undefined
  /** The size that a test holds for in each capture. */
  about(test: (size: number, index: number) => boolean): Dim | undefined
  /** Sizes that a number may have been divided by, the likely ones first. */
  divisors(): readonly SymbolicDim[]
  /** Adds a node before the one that takes the constant. */
  add(node: Node): void
}

/**
 * One value of the constants that captures have in the same place: equal ones stay; ones of a single number, and those of equal rows, grow with the size; short
 * lists of numbers may follow it.
 *
 * @throws EngineError for numbers that are not recognised.
 */
export function unifyConstant(values: readonly Value[], context: ConstantContext): Value {
  const [first] = values as [Value]
  if (values.every((value) => sameNumbers(value, first))) return first
  const shape = shapeOf(values, context)
  const full = values.filter((value) => uniformValue(value) !== undefined || elementsOf(value) > 0)
  const fills = full.map((value) => uniformValue(value))
  if (fills.length > 0 && fills.every((fill) => fill !== undefined)) {
    if (fills.every((fill) => fill === fills[0]))
      return createValue(shape, first.dtype, { fill: fills[0] })
    const isFixed = shape.every((size) => typeof size === 'number')
    if (full.length === values.length && !isFixed) {
      return stretched(number(fills as number[], first, context), shape, context)
    }
  }
  const row = rowOf(values)
  if (row !== undefined) return repeated(row, shape, context)
  const lists = values.map(shortList)
  const [head] = lists
  if (head === undefined || lists.some((list) => list?.length !== head.length)) {
    const table = tableOf(values, shape, context.add)
    if (table !== undefined) return table
    throw constantError(context.where, first)
  }
  const columns = head.map((_, index) => lists.map((list) => list![index]!))
  if (columns.every((column) => column.every(Number.isInteger))) {
    const sizes = columns.map((column) => context.find(column))
    const isKnown = (size: Dim | undefined): size is Dim => size !== undefined
    if (sizes.every(isKnown)) return createValue(shape, first.dtype, { sizes })
    const unknown = columns[sizes.indexOf(undefined)]!
    // One number may have been rounded.
    if (columns.length > 1) throw dependsError(context.where || 'a constant', unknown, true)
  }
  const each = columns.map((column) =>
    column.every((value) => value === column[0])
      ? createValue([], first.dtype, { fill: column[0]! })
      : number(column, first, context),
  )
  if (columns.length === 1)
    return first.shape.length === 0 ? each[0]! : reshaped(each[0]!, shape, context)
  const list = joined(each, context)
  return first.shape.length === 1 ? list : reshaped(list, shape, context)
}

/** The longest list of sizes that JavaScript code makes: shapes, paddings and the like. */
const LONGEST_LIST = 16

function shortList({ data, dtype }: Value): readonly number[] | undefined {
  if (data === undefined || dtype === 'string' || data.length > LONGEST_LIST) return undefined
  return [...(data as Iterable<number | bigint>)].map(Number)
}

function elementsOf({ shape }: Value): number {
  return Number(sizeOf(shape))
}

function shapeOf(values: readonly Value[], context: ConstantContext): Shape {
  return values[0]!.shape.map((_, axis) =>
    found(
      values.map(({ shape }) => shape[axis] as number),
      context,
    ),
  )
}

function found(samples: readonly number[], { find, where }: ConstantContext): Dim {
  const size = find(samples)
  if (size === undefined) throw dependsError(where === '' ? 'a constant' : where, samples, true)
  return size
}

/** Whole numbers and what follows from them by a quotient, a root or both. Each is y as a function of a whole number, and back. */
const FORMS: readonly {
  readonly back: (value: number) => number
  readonly op?: 'Reciprocal' | 'Sqrt' | 'Rsqrt' | 'Log'
  /** What it may be multiplied by, when not by any of the usual numbers. */
  readonly scales?: readonly number[]
}[] = [
  { back: (value) => value },
  { back: (value) => 1 / value, op: 'Reciprocal' },
  { back: (value) => value ** 2, op: 'Sqrt' },
  { back: (value) => value ** -2, op: 'Rsqrt' },
  { back: (value) => Math.exp(value), op: 'Log', scales: [1, Math.LOG2E, Math.LOG10E] },
]

/** What whole numbers may be multiplied by: 2 / (n - 1), 0.5 / n. */
const SCALES = [1, 2, 0.5, 3, 4, 0.25, 10, 0.1, 100, 0.01, 255, 1 / 255]

/** Numbers of float32 are as far from what they stand for. */
const ROUNDING = 2 ** -20

/** Below this a float32 tells a whole number from the next, whatever was computed with it. */
const SURE = 2 ** 18

/** One number that follows from sizes. */
function number(samples: readonly number[], first: Value, context: ConstantContext): Value {
  for (const { back, op, scales = SCALES } of FORMS) {
    for (const sign of [1, -1]) {
      for (const scale of scales) {
        const wholes = samples.map((sample) => back((sign * sample) / scale))
        const size = wholeSize(wholes, context)
        if (size === undefined || typeof size === 'number') continue
        const exact = createValue([], first.dtype, { sizes: [size] })
        const value = op === undefined ? exact : apply(op, exact, context)
        const factor = sign * scale
        return factor === 1 ? value : scaled(value, factor, context)
      }
    }
  }
  const found = quotientOf(samples, first, context)
  if (found !== undefined) return found
  throw dependsError(context.where === '' ? 'a constant' : context.where, samples, true)
}

/** A size over another one, or the root of that: a share of an image, or its shape. */
function quotientOf(
  samples: readonly number[],
  first: Value,
  context: ConstantContext,
): Value | undefined {
  for (const isRoot of [false, true]) {
    for (const by of context.divisors()) {
      for (const scale of SCALES) {
        const shares = samples.map((sample) => sample / scale)
        const wholes = shares.map(
          (share, index) => (isRoot ? share * Math.abs(share) : share) * by.samples[index]!,
        )
        const size = wholeSize(wholes, context)
        if (size === undefined) continue
        const [a, b] = [size, by].map((each) => createValue([], first.dtype, { sizes: [each] }))
        const share = createValue([], first.dtype)
        context.add(kernelNode('RealDiv', { a: a!, b: b! }, [share], { scope: '' }))
        const result = isRoot ? apply('Sqrt', share, context) : share
        return scale === 1 ? result : scaled(result, scale, context)
      }
    }
  }
  return undefined
}

/** A size with about these values. */
function wholeSize(values: readonly number[], { find, about }: ConstantContext): Dim | undefined {
  const isNear = (value: number, whole: number) =>
    value === whole || Math.abs(value - whole) <= ROUNDING * Math.abs(whole)
  const rounded = values.map(Math.round)
  if (!values.every((value, index) => isNear(value, rounded[index]!))) return undefined
  // A large one is near to several whole numbers, and one of float32 may be another.
  const isSure = values.every(
    (value) => Math.abs(value) < (Number.isInteger(value) ? 2 ** 24 : SURE),
  )
  const exact = isSure ? find(rounded) : undefined
  return exact ?? about((size, index) => isNear(values[index]!, size))
}

function apply(op: string, x: Value, { add }: ConstantContext): Value {
  const result = createValue([], x.dtype)
  add(kernelNode(op, { x }, [result], { scope: '' }))
  return result
}

function scaled(x: Value, factor: number, { add }: ConstantContext): Value {
  const result = createValue([], x.dtype)
  const b = createValue([], x.dtype, { data: Float32Array.of(factor) })
  add(kernelNode('Multiply', { a: x, b }, [result], { scope: '' }))
  return result
}

function joined(numbers: readonly Value[], { add }: ConstantContext): Value {
  const result = createValue([numbers.length], numbers[0]!.dtype)
  const inputs = Object.fromEntries(numbers.map((each, index) => [index, each]))
  add(kernelNode('Pack', inputs, [result], { attrs: { axis: 0 }, scope: '' }))
  return result
}

function reshaped(x: Value, shape: Shape, { add }: ConstantContext): Value {
  const result = createValue(shape, x.dtype)
  add(kernelNode('Reshape', { x }, [result], { attrs: { shape }, scope: '' }))
  return result
}

/** One number for each element. */
function stretched(x: Value, shape: Shape, { add }: ConstantContext): Value {
  const result = createValue(shape, x.dtype)
  add(kernelNode('BroadcastTo', { x }, [result], { attrs: { shape }, scope: '' }))
  return result
}

/** A list with one row for each sample, all of them equal, as the row added to as many zeros. */
function repeated(row: Value, shape: Shape, { add }: ConstantContext): Value {
  const result = createValue(shape, row.dtype)
  const zeros = createValue(shape, row.dtype, { fill: 0 })
  add(kernelNode('Add', { a: zeros, b: row }, [result], { scope: '' }))
  return result
}

/** The row that all rows of all lists are; undefined when they differ, or are as many at each size. */
function rowOf(values: readonly Value[]): Value | undefined {
  const [first] = values as [Value]
  const { data, dtype, shape } = first
  const inner = shape.slice(1)
  const isGrowing = values.some((each) => each.shape[0] !== shape[0])
  if (!isGrowing || data === undefined || dtype === 'string' || inner.length === 0) {
    return undefined
  }
  const length = inner.reduce<number>((all, size) => all * Number(size), 1)
  const row = (data as TypedArray).slice(0, length)
  const isSame = values.every(
    (each) =>
      each.data !== undefined &&
      each.shape.slice(1).join() === inner.join() &&
      (each.data as TypedArray).every((value, index) => value === row[index % length]),
  )
  return isSame ? createValue([1, ...inner], dtype, { data: row }) : undefined
}

function sameNumbers(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a.fill !== undefined || b.fill !== undefined) {
    return a.fill === b.fill && a.shape.join() === b.shape.join()
  }
  const [left, right] = [a.data as TypedArray, b.data as TypedArray]
  if (left.length !== right.length || a.shape.join() !== b.shape.join()) return false
  return left.every((value, index) => Object.is(value, right[index]) || value === right[index])
}
