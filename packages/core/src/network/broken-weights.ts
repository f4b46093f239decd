import type { TypedArray } from '@ashlar/graph'

/** A weight as numbers. */
export interface WeightNumbers {
  /** How many of its numbers go into one sum, where that is known. */
  readonly fanIn?: number | undefined
  readonly name: string
  readonly data: TypedArray
  /**
   * Which infinities may be meant. A weight that is trained has `none`. One that is not may be a mask: -Infinity where something is hidden, and finite
   * elsewhere (`masks`). A constant that nobody knows the use of may also be made of +Infinity and one other number, such as the bounds of a range
   * (`bounds`).
   */
  readonly infinities: 'none' | 'masks' | 'bounds' | 'any'
}

/** A number that no weight of a sound model holds. */
export interface BrokenWeight {
  readonly name: string
  /** Flat index. */
  readonly index: number
  readonly value: number
}

/** The first weight with a NaN, or an infinity that cannot be meant; undefined for a sound model. */
export function brokenWeight(weights: Iterable<WeightNumbers>): BrokenWeight | undefined {
  for (const { name, data, infinities } of weights) {
    if (!(data instanceof Float32Array) || areFinite(data)) continue
    const isSound = soundness[infinities](data)
    const index = data.findIndex((value) => !isSound(value))
    if (index >= 0) return { name, index, value: data[index]! }
  }
  return undefined
}

const soundness: Readonly<
  Record<WeightNumbers['infinities'], (data: Float32Array) => (value: number) => boolean>
> = {
  none: () => Number.isFinite,
  masks: (data: Float32Array) =>
    data.some(Number.isFinite)
      ? (value: number) => value < Number.POSITIVE_INFINITY
      : Number.isFinite,
  bounds: (data: Float32Array) => {
    const finite = data.find(Number.isFinite)
    const isBound = data.every(
      (value) => value === finite || Math.abs(value) === Number.POSITIVE_INFINITY,
    )
    return isBound ? (value: number) => !Number.isNaN(value) : soundness.masks(data)
  },
  any: () => (value: number) => !Number.isNaN(value),
}

/** One pass without branches: 0 times anything but a finite number is NaN. */
export function areFinite(data: Float32Array): boolean {
  let sum = 0
  for (let index = 0; index < data.length; index++) sum += data[index]! * 0
  return sum === 0
}
