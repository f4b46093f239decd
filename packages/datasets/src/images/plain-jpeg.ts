/** A JPEG that means nothing but its pixels, and how large it is. */
export interface PlainJpeg {
  readonly width: number
  readonly height: number
}

/**
 * What a JPEG says of itself, if it is one that needs nothing done to it: grey or YCbCr of 8 bits, upright, without a colour profile, whole at its end. libjpeg-turbo gives the numbers that sharp gives of it, without sharp's preparations; anything else is read by sharp.
 */
export function plainJpeg(bytes: Uint8Array, channels: 1 | 3): PlainJpeg | undefined {
  const { length } = bytes
  if (length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined
  if (bytes[length - 2] !== 0xff || bytes[length - 1] !== 0xd9) return undefined
  let found: PlainJpeg | undefined
  for (let at = 2; at + 4 <= length; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]!
    const size = (bytes[at + 2]! << 8) | bytes[at + 3]!
    // Scan: what follows is data.
    if (marker === 0xda) return found
    // EXIF may turn it, a profile may change its colours, and Adobe's mark may say that it is no YCbCr.
    if (marker === 0xe1 || marker === 0xe2 || marker === 0xee) return undefined
    const isFrame = marker === 0xc0 || marker === 0xc1 || marker === 0xc2
    if (isFrame) {
      // Colour to colour, grey to grey: all else is a matter of formulas.
      if (bytes[at + 4] !== 8 || bytes[at + 9] !== channels) return undefined
      found = {
        height: (bytes[at + 5]! << 8) | bytes[at + 6]!,
        width: (bytes[at + 7]! << 8) | bytes[at + 8]!,
      }
    } else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xcc) {
      return undefined
    }
    at += 2 + size
  }
  return undefined
}
