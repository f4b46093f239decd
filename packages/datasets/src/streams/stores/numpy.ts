import { endianness } from 'node:os'
import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { type InFiles, placeInFile, rowInFile } from './located.ts'

/** Types of numbers in NumPy's spelling without the order of bytes, and how one is read. */
export const numpyTypes: Readonly<
  Record<
    string,
    { readonly bytes: number; read(view: DataView, at: number, little: boolean): number }
  >
> = {
  b1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
}

/** How the numbers of an array lie in its file. */
export interface NumpyLayout {
  /** A key of {@link numpyTypes}. */
  readonly type: string
  readonly littleEndian: boolean
  readonly shape: readonly number[]
  /** First byte of the numbers. */
  readonly offset: number
}

/** Rows of .npy files, one after the other. */
export interface NumpyPlan extends StorePlan, InFiles {
  readonly kind: 'numpy'
  readonly layouts: readonly NumpyLayout[]
  /** Numbers in a row. */
  readonly width: number
}

/** Reads rows as numbers: bytes as they are, all others as float32. */
export function openNumpy(plan: NumpyPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  return {
    where: (row) => placeInFile(plan, row),
    get(row) {
      const file = plan.files[row]!
      const { type, littleEndian, offset } = plan.layouts[file]!
      const { bytes } = numpyTypes[type]!
      const size = bytes * plan.width
      return numbersOf(
        shards.read(file, offset + (rowInFile(plan, row) - 1) * size, size),
        type,
        littleEndian,
      )
    },
  }
}

const isLittleEndian = endianness() === 'LE'

/** Bytes as numbers. */
export function numbersOf(
  bytes: Buffer,
  type: string,
  littleEndian: boolean,
): Uint8Array | Float32Array | Float64Array | Int32Array {
  if (type === 'u1') return bytes
  if ((type === 'f4' || type === 'i4') && littleEndian && isLittleEndian) {
    // A copy, as they may begin anywhere.
    const { buffer } = Uint8Array.from(bytes)
    return type === 'f4' ? new Float32Array(buffer) : new Int32Array(buffer)
  }
  const { bytes: size, read } = numpyTypes[type]!
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.length / size }, (_, at) =>
    read(view, at * size, littleEndian),
  )
}
