import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { RequestError } from './errors.ts'

const [
  QUOTE,
  BACKSLASH,
  OPEN_LIST,
  CLOSE_LIST,
  OPEN_OBJECT,
  CLOSE_OBJECT,
  COLON,
  MINUS,
  ZERO,
  NINE,
] = Buffer.from('"\\[]{}:-09')

/** Whole numbers of so many digits do not all fit into a double; those of more fit into no type of 64 bits. */
const LONG_DIGITS = [16, 20] as const

/** Lists and objects in one text: each takes some 50 bytes of memory, and only two of the text. */
const MAX_CONTAINERS = 2 ** 21

/** Limits of a JSON text. */
export interface JsonLimits {
  /** Lists and objects within each other. */
  readonly maxDepth: number
}

/**
 * JSON text (RFC 8259) as values. Whole numbers too long for a double come as bigints when they fit into 64 bits; all other numbers are the nearest double, infinite beyond
 * its range. Of equal keys in an object the last counts. Surrogates may stand alone, as in JavaScript's strings; a byte order mark, and bytes that are
 * no UTF-8, are refused.
 *
 * @throws RequestError when it is no JSON, nested too deep or of too many parts: deep nesting overflows the stack of whoever walks through it.
 */
export function parseJson(where: string, bytes: Uint8Array, { maxDepth }: JsonLimits): unknown {
  const refuse = (expected: string, rest: { given?: unknown; hint?: string; cause?: unknown }) =>
    new RequestError('INVALID_ARGUMENT', { where, expected, ...rest })
  if (!isUtf8(bytes)) throw refuse('must be JSON', { hint: 'It is not UTF-8.' })
  const { depth, containers, longIntegers } = scan(bytes)
  if (depth > maxDepth) {
    throw refuse(`JSON must be nested at most ${maxDepth} deep`, { given: depth })
  }
  if (containers > MAX_CONTAINERS) {
    const expected = `JSON must have at most ${MAX_CONTAINERS} lists and objects`
    throw refuse(expected, { given: containers, hint: 'Send the tensor as a flat list.' })
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return longIntegers.length > 0 ? parseExactly(text, longIntegers) : JSON.parse(text.toString())
  } catch (cause) {
    throw refuse('must be JSON', {
      hint: /[[,:\s]-?(NaN|Infinity)\b/.test(text.toString())
        ? 'JSON has no NaN or Infinity: send the tensor as binary data.'
        : (cause as Error).message.replace(/\s+/g, ' '),
      cause,
    })
  }
}

/** A whole number in the text. */
type Place = readonly [begin: number, end: number]

/** Long whole numbers go through JSON.parse as strings that nobody else can have written. */
function parseExactly(text: Buffer, places: readonly Place[]): unknown {
  const mark = `${randomBytes(6).toString('base64url')}:`
  const opening = Buffer.from(`"${mark}`)
  const marked = Buffer.allocUnsafe(text.length + places.length * (opening.length + 1))
  let from = 0
  let to = 0
  for (const [begin, end] of places) {
    to += text.copy(marked, to, from, begin)
    to += opening.copy(marked, to)
    to += text.copy(marked, to, begin, end)
    marked[to] = QUOTE!
    to += 1
    from = end
  }
  to += text.copy(marked, to, from)
  return restore(JSON.parse(marked.toString('utf8', 0, to)), mark)
}

/** The value with its long whole numbers as bigints. The nesting was bounded before; a reviver would take several times as long. */
function restore(value: unknown, mark: string): unknown {
  if (typeof value === 'string') {
    return value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = restore(value[index], mark)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      const restored = restore(item, mark)
      // Not by assigning: a client may call a key `__proto__`.
      if (restored !== item) Object.defineProperty(value, key, { value: restored })
    }
  }
  return value
}

/** How deep the text is nested, of how many parts it is, and where long whole numbers are. What is no JSON is left to the parser. */
function scan(bytes: Uint8Array): { depth: number; containers: number; longIntegers: Place[] } {
  const longIntegers: Place[] = []
  let depth = 0
  let deepest = 0
  let containers = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!
    if (byte === QUOTE) index = endOfString(bytes, index)
    else if ((byte >= ZERO! && byte <= NINE!) || byte === MINUS) {
      const end = endOfNumber(bytes, index)
      if (isLongInteger(bytes, index, end)) longIntegers.push([index, end])
      index = end - 1
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      containers += 1
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return { depth: deepest, containers, longIntegers }
}

/** Where the string ends that begins here: at its closing quote. */
function endOfString(bytes: Uint8Array, begin: number): number {
  let index = begin + 1
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1
  return index
}

/** Behind the last of the characters that numbers are made of. */
function endOfNumber(bytes: Uint8Array, begin: number): number {
  let index = begin + 1
  for (; index < bytes.length; index += 1) {
    const byte = bytes[index]!
    const isPart =
      (byte >= ZERO! && byte <= NINE!) ||
      byte === 0x2e /* . */ ||
      byte === MINUS ||
      byte === 0x2b /* + */ ||
      (byte | 0x20) === 0x65 /* e E */
    if (!isPart) break
  }
  return index
}

/** Whether it is a whole number as JSON writes it, long, and no key: as a string it would be one. */
function isLongInteger(bytes: Uint8Array, begin: number, end: number): boolean {
  const first = bytes[begin] === MINUS ? begin + 1 : begin
  const digits = end - first
  if (digits < LONG_DIGITS[0] || digits > LONG_DIGITS[1] || bytes[first] === ZERO) return false
  for (let index = first; index < end; index += 1) {
    const byte = bytes[index]!
    if (byte < ZERO! || byte > NINE!) return false
  }
  let next = end
  while (isSpace(bytes[next])) next += 1
  return bytes[next] !== COLON
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** The value as an object, or an error that says what must be one. */
export function asObject(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new RequestError('INVALID_ARGUMENT', { where, expected: 'must be an object', given: value })
}
