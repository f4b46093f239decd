import { RequestError } from './errors.ts'

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}')

/** A string that JSON text cannot hold unescaped: it marks whole numbers that a double would round. */
const MARK = '\u0001integer:'

/** Whole numbers of 16 digits or more outside of strings; strings are matched to be skipped. */
const LONG_INTEGERS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/gs

/** Limits of a JSON text. */
export interface JsonLimits {
  /** Lists and objects within each other. */
  readonly maxDepth: number
}

/**
 * JSON text as values; whole numbers too long for a double come as bigints.
 *
 * @throws RequestError when it is no JSON or nested too deep: deep nesting overflows the stack of whoever walks through it.
 */
export function parseJson(where: string, bytes: Uint8Array, { maxDepth }: JsonLimits): unknown {
  const { depth, longDigits } = scan(bytes)
  if (depth > maxDepth) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: `JSON must be nested at most ${maxDepth} deep`,
      given: depth,
    })
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  try {
    return longDigits ? parseExactly(text) : JSON.parse(text)
  } catch (cause) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: 'must be JSON',
      hint: /[[,:\s]-?(NaN|Infinity)\b/.test(text)
        ? 'JSON has no NaN or Infinity: send the tensor as binary data.'
        : (cause as Error).message.replace(/\s+/g, ' '),
      cause,
    })
  }
}

function parseExactly(text: string): unknown {
  const marked = text.replace(LONG_INTEGERS, (token) =>
    token.startsWith('"') ? token : JSON.stringify(MARK + token),
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
}

/** How deep the text is nested, and whether 16 digits follow each other anywhere. */
function scan(bytes: Uint8Array): { depth: number; longDigits: boolean } {
  let depth = 0
  let deepest = 0
  let digits = 0
  let longDigits = false
  let inString = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!
    if (inString) {
      if (byte === BACKSLASH) index += 1
      else if (byte === QUOTE) inString = false
      continue
    }
    if (byte >= 48 && byte <= 57) {
      digits += 1
      if (digits === 16) longDigits = true
      continue
    }
    digits = 0
    if (byte === QUOTE) inString = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return { depth: deepest, longDigits }
}

/** The value as an object, or an error that says what must be one. */
export function asObject(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new RequestError('INVALID_ARGUMENT', { where, expected: 'must be an object', given: value })
}
