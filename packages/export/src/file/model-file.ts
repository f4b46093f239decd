import { createHash } from 'node:crypto'
import { mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, DataError } from '@ashlar/errors'
import type { WriteOptions } from '@ashlar/graph'
import { type BuiltGraph, serialize } from './build.ts'

/** Protobuf ends at 2 GiB; weights beyond this many bytes go into a file beside the model. */
export const LARGEST_FILE: number = 2 ** 31 - 2 ** 24

/** Constants below this stay in the model file: runtimes read shapes and the like while they load. */
const SMALLEST_EXTERNAL = 1024

/** Where constants begin in the data file: pages, so that it can be mapped. */
const ALIGNMENT = 4096

/** How a model file is made. */
export interface ModelFileOptions extends Pick<WriteOptions, 'opset' | 'name' | 'metadata'> {
  /** The file to write; without one the bytes are only returned. */
  readonly path?: string | undefined
  /** Bytes of constants from which they go into a file of their own; default {@link LARGEST_FILE}. */
  readonly externalDataFrom?: number | undefined
}

/** A model file that is complete, but not in its place yet. */
export interface StagedFile {
  /** The bytes of the model file. */
  readonly bytes: Uint8Array
  /** Where it lies meanwhile, when it has a data file beside it: it must be loaded from there. */
  readonly path?: string
  /** Size of the data file; 0 without one. */
  readonly dataBytes: number
  /** Puts the file into its place. A file that was there before stays as it is until then. */
  commit(): Promise<void>
  /** Removes whatever was not put into place. */
  discard(): Promise<void>
}

/**
 * Makes the file of a graph, with its weights in a file beside it when they are too many for one.
 *
 * @throws ConfigError when the weights need a file of their own and no path is given.
 * @throws DataError when the disk refuses.
 */
export async function stageFile(built: BuiltGraph, options: ModelFileOptions): Promise<StagedFile> {
  const { path, externalDataFrom = LARGEST_FILE, ...rest } = options
  const write = (external?: WriteOptions['external']) =>
    serialize(built, { ...rest, ...(external && { external }) })
  const size = built.bytes
  if (size >= externalDataFrom) {
    if (path !== undefined) return stageWithData(resolve(path), write)
    throw new ConfigError({
      where: 'exportOnnx',
      expected: `\`path\` must be given for a model of ${size} bytes: its weights need a file of their own`,
    })
  }
  const bytes = write()
  return {
    bytes,
    dataBytes: 0,
    async commit() {
      if (path === undefined) return
      await writeFileSafely(path, bytes)
      await removeDataFiles(resolve(path))
    },
    discard: () => Promise.resolve(),
  }
}

type Write = (external?: WriteOptions['external']) => Uint8Array

async function stageWithData(path: string, write: Write): Promise<StagedFile> {
  const parts: Uint8Array[] = []
  const hash = createHash('sha256')
  let length = 0
  const collect = (location: string) => {
    parts.length = 0
    length = 0
    return write((data) => {
      if (data.byteLength < SMALLEST_EXTERNAL) return undefined
      const offset = Math.ceil(length / ALIGNMENT) * ALIGNMENT
      if (offset > length) parts.push(new Uint8Array(offset - length))
      parts.push(data)
      length = offset + data.byteLength
      return { location, offset }
    })
  }
  // The name tells by its digest which weights are in it: a new file never overwrites the one that a model in place refers to.
  collect('')
  for (const part of parts) hash.update(part)
  const name = dataName(path, hash.digest('hex'))
  const bytes = collect(name)
  const folder = await refuseDisk(path, () => mkdtemp(`${path}.tmp-`))
  const discard = () => rm(folder, { recursive: true, force: true })
  const model = join(folder, basename(path))
  try {
    await refuseDisk(path, async () => {
      const file = await open(join(folder, name), 'wx')
      try {
        for (const part of parts) await file.appendFile(part)
        await file.sync()
      } finally {
        await file.close()
      }
      await writeFile(model, bytes)
    })
  } catch (error) {
    await discard()
    throw error
  }
  return {
    bytes,
    path: model,
    dataBytes: length,
    async commit() {
      await refuseDisk(path, () => rename(join(folder, name), join(dirname(path), name)))
      await writeFileSafely(path, bytes)
      await removeDataFiles(path, name)
      await discard()
    },
    discard,
  }
}

function dataName(path: string, digest: string): string {
  return `${basename(path)}.${digest.slice(0, 12)}.data`
}

/** Removes data files of earlier exports to the same path. */
async function removeDataFiles(path: string, but?: string): Promise<void> {
  const names = await readdir(dirname(path))
  const start = `${basename(path)}.`
  for (const name of names) {
    const isOld = name.startsWith(start) && /^[0-9a-f]{12}\.data$/.test(name.slice(start.length))
    if (isOld && name !== but) await rm(join(dirname(path), name), { force: true })
  }
}

async function refuseDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new DataError({
      where: path,
      expected: 'the file must be writable',
      given: (error as Error).message,
      cause: error,
    })
  }
}
