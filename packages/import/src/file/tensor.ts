import type { onnx as Onnx } from 'onnx-proto'
import { isFloat, type OnnxType, tfType, typeOf } from './types.ts'

/** A tensor of a file: floats of any width as float32, whole numbers as they are. */
export interface FileTensor {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** Row by row; texts for strings. */
  readonly data: Float32Array | readonly number[] | readonly string[]
}

/** Something in a file that cannot be read, as part of a sentence. */
export class UnreadableError extends Error {}

/**
 * Decodes a tensor.
 *
 * @param external gives the bytes that lie in another file.
 * @throws UnreadableError for types that nothing here can hold.
 */
export function decodeTensor(
  proto: Onnx.ITensorProto,
  external: (entries: ReadonlyMap<string, string>) => Uint8Array,
): FileTensor {
  const name = proto.name ?? ''
  const number = proto.dataType ?? 0
  const type = typeOf(number)
  if (type === undefined) {
    throw new UnreadableError(
      `tensor ${JSON.stringify(name)} has elements of type ${number}: complex numbers, numbers of 2 bits, and those of 4 or 8 bits with a point are not known here`,
    )
  }
  const shape = (proto.dims ?? []).map(Number)
  const count = shape.reduce((product, size) => product * size, 1)
  if (type === 'string') {
    const decoder = new TextDecoder()
    return { name, type, shape, data: (proto.stringData ?? []).map((each) => decoder.decode(each)) }
  }
  const bytes =
    Number(proto.dataLocation ?? 0) === 1
      ? external(
          new Map((proto.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
        )
      : proto.rawData
  const numbers =
    bytes != null && bytes.length > 0
      ? fromBytes(type, bytes, count)
      : fromFields(type, proto, count)
  if (numbers.length < count) {
    throw new UnreadableError(
      `tensor ${JSON.stringify(name)} has ${numbers.length} numbers for shape [${shape.join(', ')}]`,
    )
  }
  if (isFloat(type)) {
    return {
      name,
      type,
      shape,
      data:
        numbers instanceof Float32Array
          ? numbers
          : Float32Array.from(numbers as ArrayLike<number>, Number),
    }
  }
  return { name, type, shape, data: Array.from(numbers as ArrayLike<number | bigint>, Number) }
}

type Numbers = ArrayLike<number> | ArrayLike<bigint>

function fromBytes(type: OnnxType, bytes: Uint8Array, count: number): Numbers {
  // A copy begins at a place that every array may begin at.
  const { buffer } = Uint8Array.from(bytes)
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, 0, count)
    case 'float64':
      return new Float64Array(buffer, 0, count)
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, 0, count), half)
    case 'bfloat16':
      return Float32Array.from(new Uint16Array(buffer, 0, count), brain)
    case 'int64':
      return new BigInt64Array(buffer, 0, count)
    case 'uint64':
      return new BigUint64Array(buffer, 0, count)
    case 'int32':
      return new Int32Array(buffer, 0, count)
    case 'uint32':
      return new Uint32Array(buffer, 0, count)
    case 'int16':
      return new Int16Array(buffer, 0, count)
    case 'uint16':
      return new Uint16Array(buffer, 0, count)
    case 'int8':
      return new Int8Array(buffer, 0, count)
    case 'int4':
    case 'uint4':
      return nibbles(bytes, count, type === 'int4')
    default:
      return new Uint8Array(buffer, 0, count)
  }
}

function fromFields(type: OnnxType, proto: Onnx.ITensorProto, count: number): Numbers {
  const list = (numbers: readonly unknown[] | null | undefined) =>
    Array.from(numbers ?? [], (each) => Number(each))
  if (type === 'float32') return list(proto.floatData)
  if (type === 'float64') return list(proto.doubleData)
  if (type === 'int64') return list(proto.int64Data)
  if (type === 'uint64' || type === 'uint32') return list(proto.uint64Data)
  const whole = list(proto.int32Data)
  if (type === 'float16') return whole.map(half)
  if (type === 'bfloat16') return whole.map(brain)
  if (type === 'int4' || type === 'uint4') return nibbles(whole, count, type === 'int4')
  return whole
}

/** A number of 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Numbers of 4 bits: two in a byte, the lower half first. */
function nibbles(bytes: ArrayLike<number>, count: number, isSigned: boolean): number[] {
  return Array.from({ length: Math.min(count, 2 * bytes.length) }, (_, at) => {
    const half = (bytes[at >> 1]! >> (at % 2 === 0 ? 0 : 4)) & 15
    return isSigned && half > 7 ? half - 16 : half
  })
}

const words = new Uint32Array(1)
const floats = new Float32Array(words.buffer)

/** The upper half of a float32. */
function brain(bits: number): number {
  words[0] = bits << 16
  return floats[0]!
}

/** Whether TensorFlow.js can hold the elements without loss: said where it cannot. */
export function isNarrowed(type: OnnxType): boolean {
  return (
    type === 'float64' || (tfType(type) === 'int32' && (type === 'uint32' || type === 'uint64'))
  )
}
