/** The box that says that samples are cyan, magenta, yellow and black. */
const CMYK = Buffer.from('colr\x01\0\0\0\0\0\x0c', 'latin1')
/** How a codestream without boxes begins, and where it says how many samples a pixel has. */
const CODESTREAM = Buffer.from('\xff\x4f\xff\x51', 'latin1')
const COMPONENTS = 40

/** Whether a file is a JPEG 2000 whose samples ImageMagick would take for others: CMYK, or a codestream of grey with transparency. */
export function hasMistakenSamples(bytes: Buffer): boolean {
  if (!bytes.subarray(0, CODESTREAM.length).equals(CODESTREAM)) return bytes.includes(CMYK)
  return bytes.length > COMPONENTS + 1 && bytes.readUInt16BE(COMPONENTS) === 2
}
