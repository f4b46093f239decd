import type { SampleInfo } from '@ashlar/core'
import { encode } from 'fast-png'

/** A picture that a page can hold. */
export interface Picture {
  /** `data:image/png;base64,...` */
  readonly source: string
  readonly width: number
  readonly height: number
}

/**
 * A sample as a picture: grey for one channel, colour for three.
 *
 * @param pixels of one sample, `[height, width, channels]`, in the range that the samples declare; where that has no ends,
 *   in the range of the sample itself.
 * @returns undefined for samples that are no pictures.
 */
export function pictureOf(
  pixels: ArrayLike<number>,
  { inputShape, inputRange }: Pick<SampleInfo, 'inputShape' | 'inputRange'>,
): Picture | undefined {
  const [height, width, channels] = inputShape
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined
  const finite = inputRange.every(Number.isFinite)
  const [low, high] = finite ? inputRange : rangeOf(pixels)
  return toPicture(pixels, { width: width!, height: height!, channels, low, high })
}

/** How numbers make a picture. */
export interface PictureOptions {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** The number that is black. */
  readonly low: number
  /** The number that is white. */
  readonly high: number
}

/** Numbers row after row, channels last, as a picture. */
export function toPicture(
  pixels: ArrayLike<number>,
  { width, height, channels, low, high }: PictureOptions,
): Picture {
  const scale = high > low ? 255 / (high - low) : 0
  // Clamped by the array's own rule.
  const data = Uint8Array.from(
    Uint8ClampedArray.from({ length: width * height * channels }, (_, i) =>
      Math.round((pixels[i]! - low) * scale),
    ),
  )
  const bytes = encode({ width, height, channels, depth: 8, data })
  return {
    source: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
    width,
    height,
  }
}

/** The smallest and the largest number. */
export function rangeOf(numbers: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < numbers.length; i++) {
    low = Math.min(low, numbers[i]!)
    high = Math.max(high, numbers[i]!)
  }
  return [low, high]
}
