import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '@ashlar/errors'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { LAYOUT } from '../cache/folders.ts'
import { checkDiskSpace } from '../effects/disk-space.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { isDiskFull, reasonOf } from '../effects/reason.ts'
import type { Wheels } from './wheels.ts'

/** Where the headers go, below the work folder; they are needed for compiling alone. */
export const HEADERS = 'deps/include'

/** The folders whose headers the binding includes, directly or through others: 2 MB of the wheel's 270. */
const HEADER_FOLDERS = [
  'absl/',
  'tensorflow/c/',
  'tensorflow/core/platform/',
  'tsl/platform/',
  'xla/tsl/c/',
]

/** What to unpack and where to. */
export interface UnpackOptions {
  /** A wheel whose digest was checked. */
  readonly path: string
  /** The work folder of an install. */
  readonly folder: string
  readonly wheels: Wheels
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes the libraries and the needed headers out of a wheel, and nothing else.
 *
 * @throws EngineError when the file is no wheel, is damaged or lacks a library, or when there is no room.
 */
export async function unpackWheel(options: UnpackOptions, effects: Effects): Promise<void> {
  const { path, folder, wheels, onProgress, signal } = options
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false })
    try {
      const chosen = await choose(zip, wheels)
      const total = chosen.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0)
      await checkDiskSpace(folder, total, effects)
      let bytes = 0
      for (const { entry, target } of chosen) {
        const file = join(folder, target)
        await mkdir(dirname(file), { recursive: true })
        const count = new Transform({
          transform(chunk: Uint8Array, _encoding, done) {
            bytes += chunk.byteLength
            onProgress?.({ step: 'unpack', message: 'Unpacking its libraries', bytes, total })
            done(null, chunk)
          },
        })
        const from = await zip.openReadStreamPromise(entry)
        await pipeline(from, count, effects.createWriteStream(file), { signal })
        const { size } = await stat(file)
        if (size !== entry.uncompressedSize) {
          throw new Error(
            `${entry.fileName} has ${size} bytes instead of ${entry.uncompressedSize}`,
          )
        }
      }
    } finally {
      zip.close()
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof EngineError || isDiskFull(cause)) throw cause
    throw new EngineError({
      where: basename(path),
      expected: `must be a whole wheel (${reasonOf(cause)})`,
      cause,
    })
  }
}

interface Chosen {
  readonly entry: Entry
  /** Path below the work folder. */
  readonly target: string
}

async function choose(zip: ZipFile, { libraries }: Wheels): Promise<readonly Chosen[]> {
  const chosen: Chosen[] = []
  for await (const entry of zip.eachEntry()) {
    const target = targetOf(entry.fileName, libraries)
    if (target !== undefined) chosen.push({ entry, target })
  }
  const found = new Set(chosen.map(({ target }) => basename(target)))
  const missing = libraries.filter((name) => !found.has(name))
  if (missing.length > 0) throw new Error(`it has no ${missing.join(', ')}`)
  return chosen
}

/** yauzl has refused names that lead out of the folder. */
function targetOf(name: string, libraries: readonly string[]): string | undefined {
  if (name.endsWith('/')) return undefined
  const library = libraries.find((each) => name === `tensorflow/${each}`)
  if (library !== undefined) return `${LAYOUT.libraries}/${library}`
  const header = /^tensorflow\/include\/(.+\.h)$/.exec(name)?.[1]
  return header !== undefined && HEADER_FOLDERS.some((folder) => header.startsWith(folder))
    ? `${HEADERS}/${header}`
    : undefined
}
