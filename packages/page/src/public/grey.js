// How the datasets' decoder mixes colours to grey: as light is mixed, by the tables of libvips.

/** Shares of red, green and blue in the light of a colour (ITU-R BT.709). */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722]

/** Linear light of each byte of sRGB (IEC 61966-2-1). */
const LIGHT = Float32Array.from({ length: 256 }, (_, byte) => {
  const part = byte / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
})

/** Bytes of sRGB of each 255th of light: whole ones, and what lies between in a straight line. */
const BYTES = Float32Array.from({ length: 256 }, (_, place) => {
  const light = place / 255
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055))
})

/**
 * The grey of a colour, not rounded yet. Of a grey, the grey itself comes out when rounded.
 *
 * @param {number} red a byte, as are the others
 * @param {number} green
 * @param {number} blue
 */
export function toGrey(red, green, blue) {
  const light =
    255 * (RED * Number(LIGHT[red]) + GREEN * Number(LIGHT[green]) + BLUE * Number(LIGHT[blue]))
  const below = Math.min(Math.floor(light), 255)
  const [low, high = low] = [Number(BYTES[below]), BYTES[below + 1]]
  return low + (light - below) * (Number(high) - low)
}
