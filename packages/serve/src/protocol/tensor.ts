import type { Datatype } from './datatypes.ts'
import { RequestError } from './errors.ts'
import { joined, lengthOf, type Pieces } from './pieces.ts'

/**
 * A tensor as it travels: raw little-endian elements in row-major order, those of BYTES each behind their length as an
 * uint32. So rows are joined and taken apart as bytes, whatever the type.
 */
export interface Tensor {
  readonly name: string
  readonly datatype: Datatype
  /** `[batch, ...]` in models that batch. */
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** A tensor that a client sent: its bytes may have come in pieces. */
export interface InputTensor extends Omit<Tensor, 'data'> {
  readonly data: Uint8Array | Pieces
}

/** The bytes of a tensor as pieces, however they came. */
export function piecesOf({ data }: InputTensor): Pieces {
  return data instanceof Uint8Array ? [data] : data
}

/** Elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * The shape that a client wrote.
 *
 * @throws RequestError unless it is a list of whole numbers from 0 whose product is a number of elements that can exist.
 */
export function readShape(where: string, value: unknown): number[] {
  const refuse = (expected: string) =>
    new RequestError('INVALID_ARGUMENT', { where, expected, given: value })
  if (!Array.isArray(value)) throw refuse('shape must be a list of whole numbers')
  for (const size of value) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw refuse('shape must be a list of whole numbers from 0 to 2^53 - 1')
    }
  }
  const shape = value as number[]
  // A zero anywhere must not hide sizes that overflow.
  if (!Number.isSafeInteger(elementCount(shape.map((size) => Math.max(size, 1))))) {
    throw refuse('shape must not have more than 2^53 - 1 elements')
  }
  return shape
}

/** Strings as the elements of a BYTES tensor. */
export function encodeBytes(elements: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = elements.map((element) =>
    typeof element === 'string' ? Buffer.from(element, 'utf8') : element,
  )
  const data = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  let offset = 0
  for (const part of parts) {
    data.writeUInt32LE(part.length, offset)
    data.set(part, offset + 4)
    offset += 4 + part.length
  }
  return data
}

/**
 * The elements of a BYTES tensor, as views of its bytes.
 *
 * @throws RequestError when a length reaches past the end.
 */
export function decodeBytes(where: string, data: Uint8Array): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const elements: Uint8Array[] = []
  let offset = 0
  while (offset < data.length) {
    const length = offset + 4 <= data.length ? view.getUint32(offset, true) : Number.NaN
    const end = offset + 4 + length
    if (!(end <= data.length)) {
      throw new RequestError('INVALID_ARGUMENT', {
        where,
        expected: 'each element must be its length as a uint32 and that many bytes',
        hint: `Element ${elements.length} reaches past the end of the ${data.length} bytes.`,
      })
    }
    elements.push(data.subarray(offset + 4, end))
    offset = end
  }
  return elements
}

/**
 * Holds the bytes of a tensor against its shape.
 *
 * @throws RequestError when they do not fit.
 */
export function checkSize(where: string, tensor: InputTensor): void {
  const { datatype, shape } = tensor
  const count = elementCount(shape)
  const pieces = piecesOf(tensor)
  const given = datatype.bytes > 0 ? lengthOf(pieces) : decodeBytes(where, joined(pieces)).length
  if (given === (datatype.bytes > 0 ? count * datatype.bytes : count)) return
  throw new RequestError('INVALID_ARGUMENT', {
    where,
    expected:
      datatype.bytes > 0
        ? `${datatype.name} ${shapeText(shape)} must have ${count * datatype.bytes} bytes`
        : `BYTES ${shapeText(shape)} must have ${count} elements`,
    given,
  })
}

/** A shape for messages. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
