/** One field of a protobuf message: where its contents lie, or its number. */
export interface Field {
  readonly number: number
  /** 0: a varint. 1: 8 bytes. 2: bytes, text or a message. 5: 4 bytes. */
  readonly wire: number
  /** The number of a varint, as it stands there: 64 bits without a sign. */
  readonly value: bigint
  /** The contents, for the other wire types. */
  readonly start: number
  readonly end: number
}

/** Bytes that are no protobuf message. */
export class WireError extends Error {}

/**
 * The fields of a message, without decoding what is inside. Needs no memory but for the field at hand.
 *
 * @throws WireError when the bytes end too early, or have a form that ONNX files never have.
 */
export function* fields(bytes: Uint8Array, start: number, end: number): Generator<Field> {
  let at = start
  while (at < end) {
    const [key, afterKey] = varint(bytes, at, end)
    const number = Number(key >> 3n)
    const wire = Number(key & 7n)
    if (number < 1 || number > MAX_FIELD) throw new WireError(`field ${number} at byte ${at}`)
    at = afterKey
    if (wire === 0) {
      const [value, after] = varint(bytes, at, end)
      yield { number, wire, value, start: at, end: after }
      at = after
      continue
    }
    const [first, size] = contents(bytes, wire, at, end)
    if (size > end - first)
      throw new WireError(`${size} bytes are announced at byte ${at}, beyond the end`)
    yield { number, wire, value: 0n, start: first, end: first + size }
    at = first + size
  }
}

const MAX_FIELD = 2 ** 29 - 1

function contents(bytes: Uint8Array, wire: number, at: number, end: number): [number, number] {
  if (wire === 1) return [at, 8]
  if (wire === 5) return [at, 4]
  if (wire !== 2) throw new WireError(`wire type ${wire} at byte ${at}`)
  const [size, after] = varint(bytes, at, end)
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new WireError(`${size} bytes at byte ${at}`)
  return [after, Number(size)]
}

/** A number of 7 bits a byte, and where it ends. */
export function varint(bytes: Uint8Array, start: number, end: number): [bigint, number] {
  let value = 0n
  for (let at = start, shift = 0n; at < end; at++, shift += 7n) {
    if (shift > 63n) throw new WireError(`a number of more than 10 bytes at byte ${start}`)
    const byte = bytes[at]!
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return [BigInt.asUintN(64, value), at + 1]
  }
  throw new WireError(`a number without an end at byte ${start}`)
}

/** The varints of a packed list. */
export function* varints(bytes: Uint8Array, start: number, end: number): Generator<bigint> {
  let at = start
  while (at < end) {
    const [value, after] = varint(bytes, at, end)
    yield value
    at = after
  }
}
