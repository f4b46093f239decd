import { DataError } from '@ashlar/errors'

/** How long a server may send nothing before it is given up. */
const SILENCE_MS = 30_000

/**
 * The body of an address, wholly in memory.
 *
 * @param maxBytes the most that may come; more is an error, before it fills the memory.
 * @param silenceMs how long the server may send nothing; 30 seconds by default.
 * @throws DataError when the server cannot be reached, answers with an error, stalls, stops early or sends too much.
 */
export async function download(
  url: string,
  maxBytes: number,
  silenceMs: number = SILENCE_MS,
): Promise<Buffer> {
  const controller = new AbortController()
  const stall = setTimeout(() => controller.abort(), silenceMs)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    const response = await fetch(url, { signal: controller.signal })
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw new DataError({
        where: url,
        expected: `must answer 200, got ${response.status} ${response.statusText}`.trimEnd(),
      })
    }
    for await (const chunk of response.body) {
      stall.refresh()
      chunks.push(chunk)
      length += chunk.byteLength
      if (length > maxBytes) {
        throw new DataError({
          where: url,
          expected: `must send at most ${maxBytes} bytes, got more`,
        })
      }
    }
    return Buffer.concat(chunks, length)
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    const reason = controller.signal.aborted
      ? `silent for ${silenceMs / 1000} s`
      : networkReason(cause)
    throw new DataError({ where: url, expected: `must be reachable (${reason})`, cause })
  } finally {
    clearTimeout(stall)
  }
}

/** fetch says only "fetch failed" or "terminated"; the reason is in its cause. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  // Several addresses tried: an AggregateError has a code but no message.
  return cause.message || ('code' in cause ? String(cause.code) : error.message)
}
