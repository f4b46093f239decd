import { ShapeError } from '@ashlar/errors'
import { times } from './size-algebra.ts'
import { type Dim, type SymbolicDim, sampleOf } from './size-terms.ts'

export type { Dim, SymbolicDim } from './size-terms.ts'

/** A shape, outermost dimension first. */
export type Shape = readonly Dim[]

/** Product of all dimensions; 1 for a scalar. */
export function sizeOf(shape: Shape): Dim {
  return times(...shape)
}

/** Whether two sizes are known to be the same whatever the free ones are. */
export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a === b || a.key === b.key
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => sameDim(size, b[axis]!))
}

/** Whether two sizes came out the same in all captures: a program that adds them up says that they are. */
export function sameSamples(a: Dim, b: Dim): boolean {
  if (sameDim(a, b)) return true
  if (typeof a === 'number' && typeof b === 'number') return false
  const { samples } = (typeof a === 'number' ? b : a) as SymbolicDim
  return samples.every((_, index) => sampleOf(a, index) === sampleOf(b, index))
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
    else if (right === 1) result.push(left)
    else if (sameSamples(left, right)) result.push(simpler(left, right))
    else return undefined
  }
  return result
}

/** Of two sizes that are the same the one that takes less to say. */
function simpler(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a
  if (typeof b === 'number') return b
  return b.key.length < a.key.length ? b : a
}

/** A shape for people: `[?, 28, 28, 1]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.map((size) => (typeof size === 'number' ? size : '?')).join(', ')}]`
}
