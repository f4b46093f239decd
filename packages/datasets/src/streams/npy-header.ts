import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'
import { type NumpyLayout, numpyTypes } from './stores/numpy.ts'

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')
const MOST_HEADER = 1 << 16
/** Rows are numbered by 32 bits. */
const MOST_ROWS = 2 ** 32 - 1

/**
 * What a .npy file says of its array (NumPy's format 1.0 to 3.0).
 *
 * @throws DataError for another file, one that is cut, arrays of objects or texts, and arrays whose columns lie together.
 */
export function readNpyHeader(path: string): NumpyLayout {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (cause) {
    throw unreadable(path, cause)
  }
  try {
    const start = Buffer.alloc(MOST_HEADER)
    const count = readSync(descriptor, start, 0, MOST_HEADER, 0)
    return layoutOf(path, start.subarray(0, count), fstatSync(descriptor).size)
  } finally {
    closeSync(descriptor)
  }
}

function layoutOf(path: string, start: Buffer, fileSize: number): NumpyLayout {
  const refuse = (expected: string, given?: unknown, hint?: string) =>
    new DataError({ where: path, expected, given, hint })
  const isNpy = start.length > 12 && start.subarray(0, 6).equals(MAGIC)
  if (!isNpy) throw refuse('must be a NumPy array (.npy)')
  const long = start[6]! >= 2
  const begin = long ? 12 : 10
  const offset = begin + (long ? start.readUInt32LE(8) : start.readUInt16LE(8))
  if (offset > start.length) throw refuse('must be a whole NumPy array: its header is cut')
  const header = start.toString('latin1', begin, offset)
  const descr = /'descr':\s*'([<>|=]?)([a-zA-Z]\d+)'/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1]
  const dims = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  const type = descr?.[2]
  if (type === undefined || numpyTypes[type] === undefined) {
    throw refuse(
      `must be an array of numbers (${Object.keys(numpyTypes).join(', ')})`,
      /'descr':\s*([^,]*)/.exec(header)?.[1] ?? header.trim(),
      'In NumPy: array.astype("float32").',
    )
  }
  if (order !== 'False') {
    throw refuse(
      'must hold its rows one after the other (C order)',
      undefined,
      'In NumPy: np.ascontiguousarray(array).',
    )
  }
  const shape = (dims ?? '')
    .split(',')
    .map((dim) => dim.trim())
    .filter((dim) => dim !== '')
    .map(Number)
  if (shape.length === 0) throw refuse('must have an axis of samples', '()')
  // A 0 among them would make any number of rows fit into the file.
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim > 0) || shape[0]! > MOST_ROWS) {
    throw refuse(
      `must have whole sizes of 1 and more, and at most ${MOST_ROWS} samples`,
      `(${dims})`,
    )
  }
  const size = shape.reduce((product, dim) => product * dim, numpyTypes[type]!.bytes)
  if (fileSize < offset + size) {
    throw refuse(
      `must be ${offset + size} bytes long, as its header says, and ends at ${fileSize}`,
      undefined,
      'The file is cut short: get it again.',
    )
  }
  return { type, littleEndian: descr?.[1] !== '>', shape, offset }
}
