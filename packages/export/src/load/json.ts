import { readFile, stat } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'

/** Models in models come to a few dozen levels; code that follows them in recursion ends at some thousands. */
const DEEPEST = 500

/** Longer texts cannot be strings in Node. */
const LARGEST = 2 ** 29 - 24

/**
 * Reads a JSON object from a file that may come from anybody.
 *
 * @throws DataError when it is missing, cut off, too large or nested absurdly deep.
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  const refuse = (expected: string, hint?: string, cause?: unknown) =>
    new DataError({ where: path, expected, hint, cause })
  const found = await stat(path).catch((cause: Error) => {
    throw refuse('the file must be readable', cause.message, cause)
  })
  if (!found.isFile()) throw refuse('must be a plain file')
  if (found.size > LARGEST) throw refuse('must be smaller than 512 MiB')
  const text = await readFile(path, 'utf8')
  if (depthOf(text) > DEEPEST) throw refuse(`must not nest more than ${DEEPEST} deep`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse('must be JSON; it may have been cut off', (error as Error).message, error)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const hint = Array.isArray(value)
      ? 'A list may be a manifest of weights: the file that has the topology as well is needed.'
      : undefined
    throw refuse('must be a JSON object', hint)
  }
  return value as Record<string, unknown>
}

/** How deep brackets nest outside of strings. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
  }
  return deepest
}

const [QUOTE, BACKSLASH] = [34, 92]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125]
