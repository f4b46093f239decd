import type { ImageEncoding } from '@ashlar/core'

/** The bytes of what `contain` adds, a number for each channel: black where nobody said otherwise; of grey pictures, the light of the colour. */
export function addedColour({
  channels,
  background = '#000000',
}: Pick<ImageEncoding, 'channels' | 'background'>): number[] {
  const colour = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16))
  if (channels === 3) return colour
  const [red, green, blue] = colour.map(toLight) as [number, number, number]
  return [Math.round(fromLight(0.2126 * red + 0.7152 * green + 0.0722 * blue))]
}

/** Linear light of a byte of sRGB (IEC 61966-2-1). */
function toLight(byte: number): number {
  const part = byte / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

function fromLight(light: number): number {
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
}
