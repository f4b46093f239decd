import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '@ashlar/errors'
import { withoutCredentials } from '@ashlar/plugins'
import type { Effects } from './effects.ts'
import type { OnProgress } from './progress.ts'
import { isDiskFull, reasonOf } from './reason.ts'

/** How long a server may send nothing before it is given up. */
const SILENCE_MS = 30_000

/** What to download and where to. */
export interface DownloadOptions {
  readonly url: string
  /** A file that must not exist yet. */
  readonly path: string
  /** "the TensorFlow wheel", for progress. */
  readonly what: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
  readonly silenceMs?: number | undefined
}

/**
 * Streams an address into a file.
 *
 * @throws EngineError when the server cannot be reached, answers with an error, stalls or stops early. A full disk is left as
 *   the system's own error.
 */
export async function downloadFile(
  { url, path, what, headers, onProgress, signal, silenceMs = SILENCE_MS }: DownloadOptions,
  { fetch, createWriteStream }: Pick<Effects, 'fetch' | 'createWriteStream'>,
): Promise<void> {
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(), silenceMs)
  const shown = withoutCredentials(url)
  try {
    const response = await fetch(url, {
      ...(headers ? { headers: { ...headers } } : {}),
      signal: AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]),
    })
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw new EngineError({
        where: shown,
        expected: `must answer 200, got ${response.status} ${response.statusText}`.trimEnd(),
      })
    }
    const total = Number(response.headers.get('content-length')) || undefined
    let bytes = 0
    const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream)
    body.on('data', (chunk: Uint8Array) => {
      timer.refresh()
      bytes += chunk.byteLength
      onProgress?.({
        step: 'download',
        message: `Downloading ${what}`,
        bytes,
        ...(total ? { total } : {}),
      })
    })
    await pipeline(body, createWriteStream(path))
    const { size } = await stat(path)
    if (total !== undefined && size !== total && !response.headers.get('content-encoding')) {
      throw new EngineError({ where: shown, expected: `must send ${total} bytes, sent ${size}` })
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof EngineError || isDiskFull(cause)) throw cause
    const reason = stall.signal.aborted ? `silent for ${silenceMs / 1000} s` : reasonOf(cause)
    throw new EngineError({ where: shown, expected: `must be reachable (${reason})`, cause })
  } finally {
    clearTimeout(timer)
  }
}
