import type { DType, TypedArray } from '../ir/index.ts'

/** A tensor's numbers, row by row. */
export interface HostArray {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A kernel in plain JavaScript: reads its inputs by name and fills its outputs, which come zeroed. */
export type JavaScriptKernel<A = never> = (
  inputs: Readonly<Record<string, HostArray>>,
  attrs: A,
  outputs: readonly HostArray[],
) => void

/** What is wrong with a kernel that tfjs has in JavaScript, and what takes its place. */
export interface WrongInTfjs {
  /** What it does, in words that a user understands. */
  readonly how: string
  /** Element types of the first input for which it does; default all that are numbers. */
  readonly types?: readonly DType[]
  /** Whether it does so for inputs of these shapes and such attributes; default always. */
  readonly when?: (
    inputs: Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>,
    attrs: object,
  ) => boolean
  /** The right one; by default `exact` of the declaration, number by number. */
  // biome-ignore lint/suspicious/noExplicitAny: attributes differ from kernel to kernel.
  readonly instead?: JavaScriptKernel<any>
}

/** Steps from one element to the next along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]!
  }
  return strides
}

/** For each element of a shape the place of the element that broadcasting takes from a tensor. */
export function placesIn(given: readonly number[], shape: readonly number[]): Int32Array {
  const padded = [...new Array<number>(shape.length - given.length).fill(1), ...given]
  const steps = stridesOf(padded).map((step, axis) => (padded[axis] === 1 ? 0 : step))
  const at = new Array<number>(shape.length).fill(0)
  const places = new Int32Array(shape.reduce((product, size) => product * size, 1))
  let place = 0
  for (let index = 0; index < places.length; index++) {
    places[index] = place
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += steps[axis]!
      if (++at[axis]! < shape[axis]!) break
      place -= steps[axis]! * shape[axis]!
      at[axis] = 0
    }
  }
  return places
}

/** A tensor's numbers as broadcasting stretches them to a shape; itself where nothing is stretched. */
export function stretched({ data, shape }: HostArray, to: readonly number[]): readonly number[] {
  const numbers = data as unknown as readonly number[]
  const count = to.reduce((product, size) => product * size, 1)
  if (numbers.length === count) return numbers
  return Array.from(placesIn(shape, to), (place) => numbers[place]!)
}
