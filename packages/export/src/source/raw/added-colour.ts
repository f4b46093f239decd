import type { ImageEncoding } from '@ashlar/core'
import { greyOf } from './grey.ts'

/** The bytes of what `contain` adds, a number for each channel: black where nobody said otherwise; of grey pictures, the light of the colour. */
export function addedColour({
  channels,
  background = '#000000',
}: Pick<ImageEncoding, 'channels' | 'background'>): number[] {
  const colour = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16))
  return channels === 3 ? colour : [greyOf(colour)]
}
