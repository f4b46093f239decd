/** Tags of a TIFF, and what they say. */
const PHOTOMETRIC = 262
const COMPRESSION = 259
const YCBCR = 6
/** JPEG inside, old and new: its decoder converts. */
const JPEGS = [6, 7]

/**
 * Whether a file is a TIFF whose samples are luminance and two colour differences as they are, which libvips takes for red, green and blue.
 * Where the file does not make sense the answer is no: whoever decodes it says what is wrong.
 */
export function isRawYcbcrTiff(bytes: Buffer): boolean {
  const order = bytes.toString('latin1', 0, 2)
  if ((order !== 'II' && order !== 'MM') || bytes.length < 8) return false
  const little = order === 'II'
  const short = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  if (short(2) !== 42) return false
  const start = long(4)
  if (start + 2 > bytes.length) return false
  const tags = new Map<number, number>()
  for (let index = 0; index < short(start); index++) {
    const at = start + 2 + index * 12
    if (at + 12 > bytes.length) return false
    tags.set(short(at), short(at + 8))
  }
  return tags.get(PHOTOMETRIC) === YCBCR && !JPEGS.includes(tags.get(COMPRESSION) ?? 1)
}
