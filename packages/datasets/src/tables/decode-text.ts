import { isUtf8 } from 'node:buffer'
import { DataError } from '@ashlar/errors'

/** Byte order marks and what they stand for, the longer first where one begins with another. */
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

const DEFAULT = 'utf-8'

/** What windows-1252 has at 0x80 to 0x9f; elsewhere it is Latin 1, which Node's decoder takes it for altogether in some versions. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * The standard's name of a text encoding, such as `windows-1252` for `latin1`; undefined for what is none.
 *
 * @see https://encoding.spec.whatwg.org/#names-and-labels
 */
export function encodingNamed(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}

/** Whether bytes say what they are in: by a byte order mark, or as UTF-8 that is whole and holds no null characters. */
export function isDecoded(bytes: Buffer): boolean {
  return markIn(bytes) !== undefined || (isUtf8(bytes) && !bytes.includes(0))
}

/** What a byte order mark says that a text is in. */
export function markIn(bytes: Buffer): string | undefined {
  return MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0]
}

/**
 * Bytes as UTF-8: the same ones where they are that already.
 *
 * @param path names the file in errors.
 * @param label what the text is in; left out, what its byte order mark says, and UTF-8 without one.
 * @throws DataError that names line and byte where the bytes are none of that encoding; for a byte order mark of another one; for
 *   null bytes, which no table has, but text in two or four bytes for each character.
 */
export function decodeText(bytes: Buffer, path: string, label?: string): Buffer {
  const marked = markIn(bytes)
  const encoding = label === undefined ? (marked ?? DEFAULT) : (encodingNamed(label) ?? label)
  if (marked !== undefined && marked !== encoding) {
    throw new DataError({
      where: path,
      expected: `the byte order mark says that the text is ${marked}, and \`encoding\` says ${encoding}`,
      hint: 'Leave `encoding` out: the mark is enough.',
    })
  }
  if (encodingNamed(encoding) === undefined) {
    throw new DataError({
      where: path,
      expected: `the text must be in an encoding that can be read, and its byte order mark says ${encoding}`,
      hint: 'Save the table as UTF-8.',
    })
  }
  const text = encoding === DEFAULT ? checkUtf8(bytes, path) : transcode(bytes, path, encoding)
  const at = text.indexOf(0)
  if (at === -1) return text
  throw new DataError({
    where: `${path}, line ${lineAt(text.toString('utf8', 0, at))}`,
    expected: 'a table must not hold null characters',
    hint: 'If this is a table in UTF-16, say so: `encoding: utf-16le`. Otherwise it is no text.',
  })
}

function checkUtf8(bytes: Buffer, path: string): Buffer {
  if (isUtf8(bytes)) return bytes
  throw undecodable(bytes, path, DEFAULT)
}

function transcode(bytes: Buffer, path: string, encoding: string): Buffer {
  try {
    return Buffer.from(decode(bytes, encoding))
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new DataError({
        where: path,
        expected: `must be short enough to be decoded from ${encoding} (${(cause as Error).message})`,
        hint: 'Save the table as UTF-8: that is read in any length that fits into the memory.',
        cause,
      })
    }
    throw undecodable(bytes, path, encoding)
  }
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>()

/**
 * Bytes of an encoding as text.
 *
 * @param encoding by the standard's name.
 * @throws TypeError for bytes that are none of it.
 */
export function decode(bytes: Buffer, encoding: string): string {
  if (encoding !== 'windows-1252') {
    // Lines of streams come one by one.
    let decoder = decoders.get(encoding)
    if (decoder === undefined) {
      decoder = new TextDecoder(encoding, { fatal: true })
      decoders.set(encoding, decoder)
    }
    return decoder.decode(bytes)
  }
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252[sign.charCodeAt(0) - 0x80]!)
}

/** Says where the first bytes are that are no text. */
function undecodable(bytes: Buffer, path: string, encoding: string): DataError {
  // The longest beginning that can be decoded, but for a character that has only begun.
  let sound = 0
  let unsound = bytes.length + 1
  while (unsound - sound > 1) {
    const middle = Math.floor((sound + unsound) / 2)
    if (beginsWell(bytes.subarray(0, middle), encoding)) sound = middle
    else unsound = middle
  }
  const before = new TextDecoder(encoding).decode(bytes.subarray(0, sound), { stream: true })
  // In UTF-8 the place is where the character begins, which is before the byte that shows that it is none.
  const mark = encoding === DEFAULT && bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0
  const at = encoding === DEFAULT ? mark + Buffer.byteLength(before) : Math.max(0, sound - 1)
  const byte = bytes[Math.min(at, bytes.length - 1)]!
  return new DataError({
    where: `${path}, line ${lineAt(before)}`,
    expected: `the text must be ${encoding}, and byte ${at + 1} of the file (0x${byte.toString(16).padStart(2, '0')}) is not`,
    hint: 'Save the table as UTF-8, or say what it is in, such as `encoding: windows-1252` (Latin 1) or `encoding: utf-16le`.',
  })
}

function beginsWell(bytes: Buffer, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** The line on which a text ends, counted from 1; all three kinds of line ends count. */
function lineAt(text: string): number {
  return text.split(/\r\n|\n|\r/).length
}
