import { DataError } from '@ashlar/errors'
import type { ShapeProto, TensorProto } from './graph-def.ts'

/** A type of TensorFlow as tfjs has it. tfjs has no 64-bit numbers: they are narrowed, integers only where they fit. */
interface Dtype {
  readonly name: string
  readonly tfjs: 'float32' | 'int32' | 'bool'
  /** Reads raw little-endian content. */
  readonly read: (view: DataView, at: number) => number
  readonly bytes: number
  /** The list that holds the numbers where there is no raw content. */
  readonly list: `${string}ValList`
}

/** By number in TensorFlow's types.proto. */
const DTYPES: Readonly<Record<number, Dtype>> = {
  1: {
    ...{ name: 'float32', tfjs: 'float32', bytes: 4, list: 'floatValList' },
    read: (view, at) => view.getFloat32(at, true),
  },
  2: {
    ...{ name: 'float64', tfjs: 'float32', bytes: 8, list: 'doubleValList' },
    read: (view, at) => view.getFloat64(at, true),
  },
  3: {
    ...{ name: 'int32', tfjs: 'int32', bytes: 4, list: 'intValList' },
    read: (view, at) => view.getInt32(at, true),
  },
  4: {
    ...{ name: 'uint8', tfjs: 'int32', bytes: 1, list: 'intValList' },
    read: (view, at) => view.getUint8(at),
  },
  6: {
    ...{ name: 'int8', tfjs: 'int32', bytes: 1, list: 'intValList' },
    read: (view, at) => view.getInt8(at),
  },
  9: {
    ...{ name: 'int64', tfjs: 'int32', bytes: 8, list: 'int64ValList' },
    read: (view, at) => Number(view.getBigInt64(at, true)),
  },
  10: {
    ...{ name: 'bool', tfjs: 'bool', bytes: 1, list: 'boolValList' },
    read: (view, at) => view.getUint8(at),
  },
}

/** tfjs's dtype for a type of TensorFlow; `undefined` for one that it has not. */
export function tfjsDtype(dtype: number): Dtype['tfjs'] | undefined {
  return DTYPES[dtype]?.tfjs
}

/** Numbers in the form of tfjs. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly dtype: Dtype['tfjs']
  readonly values: ArrayLike<number>
}

/**
 * Reads a constant.
 *
 * @param where the model and node, for messages.
 * @throws DataError for a type that tfjs does not have, and for an integer that does not fit into 32 bits.
 */
export function readTensor(proto: TensorProto, where: string): Numbers {
  const dtype = DTYPES[proto.dtype]
  if (dtype === undefined) {
    throw new DataError({
      where,
      expected: `must be of a type that TensorFlow.js has (${names()})`,
      given: `type ${proto.dtype} of TensorFlow`,
    })
  }
  const shape = sizesOf(proto.tensorShape)
  const size = shape.reduce((product, each) => product * each, 1)
  const raw = Buffer.from(proto.tensorContent, 'base64')
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const list = proto[dtype.list] ?? []
  const at =
    raw.length > 0
      ? (i: number) => dtype.read(view, i * dtype.bytes)
      : (i: number) => Number(list[Math.min(i, list.length - 1)] ?? 0)
  if (raw.length > 0 && raw.length !== size * dtype.bytes) {
    throw new DataError({
      where,
      expected: `must hold ${size * dtype.bytes} bytes`,
      given: raw.length,
    })
  }
  const values = Array.from({ length: size }, (_, i) => at(i))
  const wide = dtype.tfjs === 'int32' ? values.find((value) => value !== clamp(value)) : undefined
  if (wide === undefined) return { shape, dtype: dtype.tfjs, values }
  // The largest and the smallest stand for "to the end" in slices; tfjs reads them so as well.
  if (values.every((value) => value === clamp(value) || Math.abs(value) > 2 ** 62)) {
    return { shape, dtype: dtype.tfjs, values: values.map(clamp) }
  }
  throw new DataError({ where, expected: 'integers must fit into 32 bits', given: wide })
}

/** The sizes of a shape; -1 for one that is not known. */
export function sizesOf(shape: ShapeProto | undefined): number[] {
  return (shape?.dimList ?? []).map(({ size }) => size)
}

function clamp(value: number): number {
  return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value))
}

function names(): string {
  return Object.values(DTYPES)
    .map(({ name }) => name)
    .join(', ')
}
