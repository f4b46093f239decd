import { ShapeError } from '@ashlar/errors'

/**
 * A size that differs between captures. It is known by its value at each captured size, in order: a batch captured at 2
 * and 3 that is flattened with 10 features has samples [20, 30]. Equal samples mean the same size.
 */
export interface SymbolicDim {
  readonly samples: readonly number[]
}

/** One dimension of a shape: a fixed number, or a size that depends on the captured batch, height or width. */
export type Dim = number | SymbolicDim

/** A shape, outermost dimension first. */
export type Shape = readonly Dim[]

/** The dimension that has these values at the captured sizes: a plain number when they all agree. */
export function dim(samples: readonly number[]): Dim {
  const first = samples[0]!
  return samples.every((sample) => sample === first) ? first : { samples }
}

/** Applies arithmetic to dimensions, sample by sample. */
export function mapDims(compute: (...values: number[]) => number, ...dims: readonly Dim[]): Dim {
  const symbolic = dims.find((each) => typeof each !== 'number')
  if (symbolic === undefined) return compute(...(dims as readonly number[]))
  const count = (symbolic as SymbolicDim).samples.length
  return dim(
    Array.from({ length: count }, (_, index) => compute(...dims.map((each) => at(each, index)))),
  )
}

function at(value: Dim, index: number): number {
  return typeof value === 'number' ? value : value.samples[index]!
}

/** Product of all dimensions; 1 for a scalar. */
export function sizeOf(shape: Shape): Dim {
  return mapDims((...sizes) => sizes.reduce((product, size) => product * size, 1), ...shape)
}

export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a.samples.every((sample, index) => sample === b.samples[index])
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => sameDim(size, b[axis]!))
}

/** Whether every dimension is a plain number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((size) => typeof size === 'number')
}

/**
 * The shape as plain numbers; `where` names the caller.
 *
 * @throws ShapeError for a shape that is not fixed.
 */
export function staticShape(shape: Shape, where: string): readonly number[] {
  if (isStatic(shape)) return shape
  throw new ShapeError({
    where,
    expected: 'the shape must be fixed',
    given: formatShape(shape),
    hint: 'Give the input that it follows from a fixed size.',
  })
}

/** numpy broadcasting of two shapes; sizes of 1 stretch. Returns undefined when they do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[a.length - rank + axis] ?? 1
    const right = b[b.length - rank + axis] ?? 1
    if (left === 1) result.push(right)
    else if (right === 1 || sameDim(left, right)) result.push(left)
    else return undefined
  }
  return result
}

/** A shape for people: `[?, 28, 28, 1]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.map((size) => (typeof size === 'number' ? size : '?')).join(', ')}]`
}
