/** What a tensor of numbers is stored by: number = scale * (stored - zeroPoint). */
export interface Scale {
  readonly scale: number
  readonly zeroPoint: number
}

/** The smallest and the largest number that a tensor took. */
export type NumberRange = readonly [low: number, high: number]

/** Below this a scale is none: float32 divides by it. */
const SMALLEST = 1e-30

/** The largest magnitude of a rounded weight: with -128 left out, 0 stays in the middle. */
const LARGEST = 127

/** Bytes from 0 to 255 for a range, which is widened to hold 0: padding and what a ReLU leaves are exact. */
export function byteScale([low, high]: NumberRange): Scale {
  const from = Math.min(low, 0)
  const to = Math.max(high, 0)
  const scale = Math.fround(Math.max((to - from) / 255, SMALLEST))
  return { scale, zeroPoint: Math.max(0, Math.min(255, Math.round(-from / scale))) }
}

/** A tensor of weights as whole numbers from -127 to 127, a scale for each channel. */
export interface QuantizedWeights {
  readonly data: Int8Array
  /** One for each channel, or one in all. */
  readonly scales: Float32Array
}

/**
 * Rounds weights to int8, around 0, a scale for each channel.
 *
 * @param axis that of the channels; undefined for one scale in all.
 * @param atLeast scales are no smaller than this, by channel: see `biasFloor`.
 * @param isMultiplied weights of a product, not rows that are looked up. CPUs with AVX2 or AVX-512 but no VNNI multiply by `vpmaddubsw`, which adds two products with bytes in 16 bits and cuts what
 *   does not fit. So no two weights of a channel are more than 128 together, as 255 * 128 fits: about 7 bits each. The file is as right there as on the CPU that it was judged on.
 */
export function quantizeWeights(
  numbers: Float32Array,
  dims: readonly number[],
  options: {
    axis?: number | undefined
    atLeast?: (channel: number) => number
    isMultiplied: boolean
  },
): QuantizedWeights {
  const { axis, atLeast = () => 0, isMultiplied } = options
  const channels = axis === undefined ? 1 : dims[axis]!
  const inner = axis === undefined ? 1 : dims.slice(axis + 1).reduce((a, b) => a * b, 1)
  const channelOf = (index: number) =>
    axis === undefined ? 0 : Math.floor(index / inner) % channels
  const reaches = Array.from({ length: channels }, () => new Reach())
  for (let index = 0; index < numbers.length; index++)
    reaches[channelOf(index)]!.add(numbers[index]!)
  const scales = Float32Array.from(reaches, ({ one, two }, channel) => {
    // Rounding adds half a step to each of the two, which is what 128 has left over 127.
    const scale = Math.max((isMultiplied ? two : one) / LARGEST, atLeast(channel))
    return scale < SMALLEST ? 1 : scale
  })
  const data = new Int8Array(numbers.length)
  for (let index = 0; index < numbers.length; index++) {
    const steps = Math.round(numbers[index]! / scales[channelOf(index)]!)
    data[index] = Math.max(-LARGEST, Math.min(LARGEST, steps))
  }
  return { data, scales }
}

/** How far numbers go from 0, and two of one sign together. */
class Reach {
  readonly #up: [number, number] = [0, 0]
  readonly #down: [number, number] = [0, 0]

  add(value: number): void {
    const side = value < 0 ? this.#down : this.#up
    const size = Math.abs(value)
    if (size <= side[1]) return
    if (size <= side[0]) side[1] = size
    else [side[0], side[1]] = [size, side[0]]
  }

  get one(): number {
    return Math.max(this.#up[0], this.#down[0])
  }

  get two(): number {
    return Math.max(this.#up[0] + this.#up[1], this.#down[0] + this.#down[1])
  }
}

/** The smallest scale of a channel's weights with which its bias fits into an int32. */
export function biasFloor(bias: Float32Array, inputScale: number): (channel: number) => number {
  return (channel) => Math.abs(bias[channel] ?? 0) / (inputScale * 2 ** 30)
}

/** A bias as int32, in steps of the products that it is added to. */
export function quantizeBias(
  bias: Float32Array,
  inputScale: number,
  { scales }: Pick<QuantizedWeights, 'scales'>,
): { readonly data: Int32Array; readonly scales: Float32Array } {
  const steps = Float32Array.from(bias, (_, channel) =>
    Math.fround(inputScale * scales[scales.length === 1 ? 0 : channel]!),
  )
  const data = Int32Array.from(bias, (value, channel) => Math.round(value / steps[channel]!))
  return { data, scales: steps }
}
