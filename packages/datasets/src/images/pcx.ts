const HEADER = 128
const PLANES = 65
/** A palette of 256 colours stands at the end of a file, behind a byte of its own. */
const PALETTE = 769
const PALETTE_MAGIC = 12

/** PCX has one byte of magic; with the version, the coding and the bits of a sample it is four that must fit. */
export function isPcx(bytes: Buffer): boolean {
  const [magic, version, coding, bits] = bytes
  return (
    bytes.length > HEADER &&
    magic === 10 &&
    [0, 2, 3, 4, 5].includes(version!) &&
    coding === 1 &&
    [1, 2, 4, 8].includes(bits!)
  )
}

/** Whether a PCX is in black and white. */
export function hasBits(bytes: Buffer): boolean {
  return bytes[3] === 1 && bytes[PLANES] === 1
}

/**
 * The PCX itself, whose palette must be where it belongs: what is cut off, or has bytes behind it, would be read in other colours.
 *
 * @throws Error when it is not.
 */
export function requirePcxPalette(bytes: Buffer): Buffer {
  const mustHave = bytes[1] === 5 && bytes[3] === 8 && bytes[PLANES] === 1
  if (mustHave && bytes.at(-PALETTE) !== PALETTE_MAGIC) {
    throw new Error('it does not end with its palette')
  }
  return bytes
}
