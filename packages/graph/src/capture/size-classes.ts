import { ShapeError } from '@ashlar/errors'
import { type Dim, freeSize, gcd, times } from '../ir/index.ts'

/** What is known of a size that varies. */
export interface FreeSizeSpec {
  /** Axes of the same name have the same size. */
  readonly name?: string | undefined
  /** It is a whole multiple of this; default 1. */
  readonly multipleOf?: number | undefined
  /** Smallest size; default 1. */
  readonly min?: number | undefined
  /** Largest size; default: none. */
  readonly max?: number | undefined
}

/** The size of an axis: fixed, free (`null`), free under a name that axes of the same size share, or free within limits. */
export type AxisSize = number | null | string | FreeSizeSpec

/** Limits of a size that varies. */
export interface SizeLimits {
  readonly multipleOf: number
  readonly min: number
  readonly max: number
}

/** Axes of inputs that have one size. */
export interface SizeClass extends SizeLimits {
  /** For people. */
  readonly label: string
  readonly axes: readonly { readonly input: string; readonly axis: number }[]
}

/** Shapes of inputs by name. */
type Shapes = Readonly<Record<string, readonly AxisSize[]>>

/**
 * The free sizes of a program: one for each axis whose size is free, unless a name says that several are one.
 *
 * @throws ShapeError for limits that nothing can keep.
 */
export function classesOf(shapes: Shapes): SizeClass[] {
  const classes: SizeClass[] = []
  const named = new Map<string, number>()
  for (const [input, shape] of Object.entries(shapes)) {
    for (const [axis, size] of shape.entries()) {
      if (typeof size === 'number') continue
      const spec = typeof size === 'string' ? { name: size } : (size ?? {})
      const known = spec.name === undefined ? undefined : named.get(spec.name)
      const one = {
        label: spec.name ?? `${input}[${axis}]`,
        axes: [{ input, axis }],
        ...limitsOf(spec),
      }
      checkLimits(one)
      if (known === undefined) {
        if (spec.name !== undefined) named.set(spec.name, classes.length)
        classes.push(one)
      } else {
        classes[known] = merged([classes[known]!, one])
      }
    }
  }
  return classes
}

function limitsOf({
  multipleOf = 1,
  min = multipleOf,
  max = Number.POSITIVE_INFINITY,
}: FreeSizeSpec): SizeLimits {
  return { multipleOf, min: Math.ceil(min / multipleOf) * multipleOf, max }
}

/** One class of several: whatever holds for any of them. */
export function merged(classes: readonly SizeClass[]): SizeClass {
  const multipleOf = classes.reduce((all, each) => leastCommon(all, each.multipleOf), 1)
  const min = Math.max(...classes.map((each) => each.min))
  const result = {
    label: classes[0]!.label,
    axes: classes.flatMap(({ axes }) => axes),
    multipleOf,
    min: Math.ceil(min / multipleOf) * multipleOf,
    max: Math.min(...classes.map((each) => each.max)),
  }
  checkLimits(result)
  return result
}

function checkLimits({ label, multipleOf, min, max }: SizeClass): void {
  const isWhole = (value: number) => Number.isInteger(value) && value > 0
  if (isWhole(multipleOf) && isWhole(min) && min <= max) return
  throw new ShapeError({
    where: `size ${label}`,
    expected: 'limits of a size must be whole numbers above 0 that some multiple keeps',
    given: { multipleOf, min, max },
  })
}

function leastCommon(a: number, b: number): number {
  return (a / gcd(a, b)) * b
}

/** The size within the limits that is nearest to a number. */
export function nearest({ multipleOf, min, max }: SizeLimits, wanted: number): number {
  const most = Math.floor(max / multipleOf)
  const least = Math.ceil(min / multipleOf)
  const count = Math.min(most, Math.max(least, Math.round(wanted / multipleOf)))
  return count * multipleOf
}

/** Shapes with a size for each class. */
export function shapesWith(
  shapes: Shapes,
  classes: readonly SizeClass[],
  sizes: readonly number[],
): Record<string, number[]> {
  const result = Object.fromEntries(
    Object.entries(shapes).map(([input, shape]) => [
      input,
      shape.map((size) => (typeof size === 'number' ? size : 0)),
    ]),
  )
  for (const [index, { axes }] of classes.entries()) {
    for (const { input, axis } of axes) result[input]![axis] = sizes[index]!
  }
  return result
}

/** Shapes with what varies as it follows from a free size for each class, whose values in the captures these are. */
export function symbolicShapes(
  shapes: Shapes,
  classes: readonly SizeClass[],
  rounds: readonly (readonly number[])[],
): Record<string, Dim[]> {
  const result: Record<string, Dim[]> = shapesWith(
    shapes,
    classes,
    classes.map(() => 0),
  )
  for (const [index, { axes, label, multipleOf, min, max }] of classes.entries()) {
    const samples = rounds.map((sizes) => sizes[index]! / multipleOf)
    const bounds = { low: min / multipleOf, high: Math.floor(max / multipleOf) }
    const isFixed = samples.every((sample) => sample === samples[0])
    const size = isFixed ? samples[0]! : freeSize(label, samples, bounds)
    for (const { input, axis } of axes) result[input]![axis] = times(size, multipleOf)
  }
  return result
}
