import { DataError } from '@ashlar/errors'

/** The unsigned byte among the element types of the idx format. */
const UNSIGNED_BYTE = 0x08

/** An array from an idx file. */
export interface IdxArray {
  readonly shape: readonly number[]
  /** Row after row; a view of the file's bytes. */
  readonly data: Uint8Array
}

/**
 * Reads the idx format of the MNIST files: two zero bytes, the element type, the number of dimensions, each dimension as a
 * big-endian 32-bit number, then the elements. Unsigned bytes only, as all the MNIST-like sets have.
 *
 * @param where the file or address to name in errors.
 * @throws DataError when the magic number is wrong or the length is not what the dimensions ask for.
 * @see http://yann.lecun.com/exdb/mnist/ (section "The IDX file format")
 */
export function readIdx(bytes: Buffer, where: string): IdxArray {
  const rank = bytes[3] ?? 0
  const headerLength = 4 + 4 * rank
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || rank === 0) {
    throw new DataError({
      where,
      expected: `must start with an idx magic number (00 00 08 and the number of dimensions), got ${hex(bytes)}`,
      hint: 'This is not an idx file.',
    })
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new DataError({
      where,
      expected: `must hold unsigned bytes (idx element type 08), got ${hex(bytes.subarray(2, 3))}`,
    })
  }
  if (bytes.length < headerLength) throw wrongLength(where, headerLength, 'header', bytes.length)
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis))
  const expected = headerLength + shape.reduce((size, dim) => size * dim, 1)
  if (bytes.length !== expected) {
    throw wrongLength(where, expected, `header and ${shape.join(' x ')} elements`, bytes.length)
  }
  return { shape, data: bytes.subarray(headerLength) }
}

function wrongLength(where: string, expected: number, what: string, given: number): DataError {
  return new DataError({
    where,
    expected: `must be ${expected} bytes long (${what})`,
    given,
    hint: given < expected ? 'The file is cut short: get it again.' : undefined,
  })
}

function hex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0'))
  return shown.length > 0 ? shown.join(' ') : 'an empty file'
}
