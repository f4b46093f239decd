import { fields, varints } from './wire.ts'

/** Numbers of a file that lie in another one. */
export interface ExternalTensor {
  readonly name: string
  readonly entries: Readonly<Record<string, string>>
  /** How many bytes the tensor has by its shape. */
  readonly bytes: bigint
}

/** A tensor that is not what it says. */
export class TensorError extends Error {}

/** Bits of one element by onnx.TensorProto.DataType; text (8) has none. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
}

/** Fields with numbers of one element each, and how many bytes at least one takes packed. */
const DATA_FIELDS: Readonly<Record<number, number>> = { 4: 4, 5: 1, 7: 1, 10: 8, 11: 1 }

const [DIMS, DATA_TYPE, STRINGS, NAME, RAW, EXTERNAL, LOCATION] = [1, 2, 6, 8, 9, 13, 14]

/**
 * Checks a TensorProto by its shape alone, before anything is reserved for it: its data must be as long as the shape says.
 *
 * @returns where its numbers lie, when they are not in the file.
 * @throws TensorError when they are not.
 */
export function checkTensor(
  bytes: Uint8Array,
  start: number,
  end: number,
): ExternalTensor | undefined {
  const dims: bigint[] = []
  const entries: Record<string, string> = {}
  let name = ''
  let type = 0
  let raw: number | undefined
  let elements = 0
  let isExternal = false
  for (const field of fields(bytes, start, end)) {
    const { number, wire, value } = field
    if (number === DIMS) {
      if (wire === 0) dims.push(value)
      else for (const each of varints(bytes, field.start, field.end)) dims.push(each)
      if (dims.length > MAX_RANK)
        throw new TensorError(`tensor ${show(name)} has more than ${MAX_RANK} axes`)
    } else if (number === DATA_TYPE) type = Number(value)
    else if (number === NAME) name = text(bytes, field.start, field.end)
    else if (number === RAW) raw = field.end - field.start
    else if (number === STRINGS) elements++
    else if (number === EXTERNAL) addEntry(bytes, field.start, field.end, entries)
    else if (number === LOCATION) isExternal = value === 1n
    else if (DATA_FIELDS[number] !== undefined) {
      elements += wire === 2 ? (field.end - field.start) / DATA_FIELDS[number]! : 1
    }
  }
  const count = product(dims, name)
  const bits = BITS[type]
  if (bits === undefined && type !== 8)
    throw new TensorError(`tensor ${show(name)} has no element type that is known: ${type}`)
  const size = (count * BigInt(bits ?? 0) + 7n) / 8n
  if (isExternal || Object.keys(entries).length > 0) return { name, entries, bytes: size }
  if (
    raw !== undefined ? BigInt(raw) !== size : BigInt(Math.ceil(elements)) < minimum(count, type)
  ) {
    throw new TensorError(
      `tensor ${show(name)} has ${raw ?? Math.ceil(elements)} ${raw === undefined ? 'numbers' : 'bytes'} for shape [${dims.join(', ')}]`,
    )
  }
  return undefined
}

/** More axes than any runtime takes. */
const MAX_RANK = 64

/** Complex numbers take two entries; 4 bits half an entry, and so may what is narrower than an entry. */
function minimum(count: bigint, type: number): bigint {
  return BITS[type] === 4 ? (count + 1n) / 2n : count
}

function product(dims: readonly bigint[], name: string): bigint {
  let count = 1n
  for (const dim of dims) {
    if (dim >= 2n ** 63n) throw new TensorError(`tensor ${show(name)} has a negative size`)
    count *= dim
  }
  if (count > 2n ** 48n) {
    throw new TensorError(`tensor ${show(name)} claims ${count} elements`)
  }
  return count
}

function addEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  entries: Record<string, string>,
): void {
  let key = ''
  let value = ''
  for (const field of fields(bytes, start, end)) {
    if (field.number === 1) key = text(bytes, field.start, field.end)
    if (field.number === 2) value = text(bytes, field.start, field.end)
  }
  // A key such as __proto__ must stay a key.
  Object.defineProperty(entries, key, { value, enumerable: true, configurable: true })
}

/** Text of a message, cut where nobody would read on. */
export function text(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + LONGEST_TEXT)))
}

/** Metadata may hold a whole experiment. */
const LONGEST_TEXT = 1 << 20

function show(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name)
}
