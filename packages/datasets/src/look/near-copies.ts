import type { Sharp } from 'sharp'

/** What is left of a picture to be held against others. */
export interface Thumbnail {
  readonly bytes: Uint8Array
  readonly mean: number
}

/** Height and width: small enough that what saving anew changes is gone. */
const SIDE = 12

/** Of bytes: how far thumbnails of one picture lie apart at most, in the mean and at one place. */
const MOST_MEAN = 2
const MOST_AT_ONCE = 20

/** What differs less within itself, such as an empty page, is like too many others. */
const LEAST_CONTRAST = 8

/** A picture made small; undefined for one that hardly shows anything. */
export async function thumbnailOf(picture: Sharp): Promise<Thumbnail | undefined> {
  const bytes = await picture
    .clone()
    .resize(SIDE, SIDE, { fit: 'fill' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer()
  const contrast = Math.max(...[0, 1, 2].map((channel) => deviationOf(bytes, channel)))
  if (contrast < LEAST_CONTRAST) return undefined
  return { bytes, mean: bytes.reduce((sum, each) => sum + each, 0) / bytes.length }
}

function deviationOf(bytes: Uint8Array, channel: number): number {
  const own = bytes.filter((_, at) => at % 3 === channel)
  const mean = own.reduce((sum, each) => sum + each, 0) / own.length
  return Math.sqrt(own.reduce((sum, each) => sum + (each - mean) ** 2, 0) / own.length)
}

/**
 * Pairs of pictures that are the same but for their size, their quality or their format: the first of those that are alike, and each of the others.
 *
 * @returns places in the list, in its order.
 */
export function nearCopies(all: readonly (Thumbnail | undefined)[]): (readonly [number, number])[] {
  const byMean = all
    .flatMap((thumbnail, at) => (thumbnail === undefined ? [] : [{ ...thumbnail, at }]))
    .sort((a, b) => a.mean - b.mean || a.at - b.at)
  const firstOf = new Map<number, number>()
  for (const [i, one] of byMean.entries()) {
    for (let j = i + 1; j < byMean.length && byMean[j]!.mean - one.mean <= MOST_MEAN; j++) {
      const other = byMean[j]!
      if (!areAlike(one.bytes, other.bytes)) continue
      const [first, second] = [Math.min(one.at, other.at), Math.max(one.at, other.at)]
      firstOf.set(second, Math.min(first, firstOf.get(second) ?? first))
    }
  }
  return [...firstOf].map(([copy, of]) => [of, copy] as const).sort(([, a], [, b]) => a - b)
}

function areAlike(a: Uint8Array, b: Uint8Array): boolean {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!)
    if (apart > MOST_AT_ONCE) return false
    sum += apart
  }
  return sum <= MOST_MEAN * a.length
}
