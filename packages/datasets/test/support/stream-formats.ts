import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Dataset, Plugin } from '@ashlar/core'
import {
  csvStream,
  imageFolder,
  jsonLines,
  mix,
  numpy,
  parquet,
  webdataset,
} from '../../src/index.ts'
import { writePictureFolder } from './pictures.ts'
import { createAnyDataset } from './plugins.ts'
import { npy, records, writeCsv, writeLines, writeParquet, writeTar } from './records.ts'

/** A format of two classes that is streamed. */
interface StreamFormat {
  readonly plugin: Plugin<'dataset'>
  readonly options: object
  /** @param each samples of a class. */
  write(folder: string, each: number): Promise<void>
}

const kind = { target: 'kind', task: 'classification' }
const numbers = { input: ['id', 'a'], as: 'numbers', ...kind }
const tar = { as: 'picture', input: 'jpg', size: [4, 4], target: 'cls', task: 'classification' }

/** By what each is: read by index, in pieces, packed, or from several. */
export const streamFormats: Readonly<Record<string, StreamFormat>> = {
  lines: {
    plugin: jsonLines,
    options: { files: 'a.jsonl', input: 'list', as: 'numbers', shape: [2], ...kind },
    write: (folder, each) => writeLines(join(folder, 'a.jsonl'), records(2 * each)),
  },
  'row groups': {
    plugin: parquet,
    options: { files: 'a.parquet', ...numbers, buffer: 6 },
    write: (folder, each) => writeParquet(join(folder, 'a.parquet'), records(2 * each)),
  },
  pictures: {
    plugin: imageFolder,
    options: { folder: '.', size: [6, 6], stream: true },
    write: writePictureFolder,
  },
  'tar shards': {
    plugin: webdataset,
    options: { files: '*.tar', ...tar },
    async write(folder, each) {
      await writeShards(folder, each)
    },
  },
  'packed tar shards': {
    plugin: webdataset,
    options: { files: '*.tar.gz', ...tar, buffer: 6 },
    async write(folder, each) {
      for (const path of await writeShards(folder, each)) {
        await writeFile(`${path}.gz`, gzipSync(await readFile(path)))
      }
    },
  },
  tables: {
    plugin: csvStream,
    options: { files: 'a.csv', features: ['a', 'id'], ...kind },
    write: (folder, each) => writeCsv(join(folder, 'a.csv'), records(2 * each)),
  },
  arrays: {
    plugin: numpy,
    options: { inputs: 'x.npy', labels: 'y.npy', task: 'classification' },
    async write(folder, each) {
      const inputs = Float32Array.from({ length: 4 * each }, (_, at) => Math.sin(at))
      const labels = Uint8Array.from({ length: 2 * each }, (_, at) => at % 2)
      await writeFile(join(folder, 'x.npy'), npy('<f4', [2 * each, 2], inputs))
      await writeFile(join(folder, 'y.npy'), npy('|u1', [2 * each], labels))
    },
  },
  mix: {
    plugin: mix,
    options: {
      of: [
        { name: 'json-lines', files: 'a.jsonl', ...numbers },
        { name: 'parquet', files: 'b.parquet', ...numbers, buffer: 6 },
      ],
      weights: [3, 1],
    },
    async write(folder, each) {
      await writeLines(join(folder, 'a.jsonl'), records(each))
      await writeParquet(join(folder, 'b.parquet'), records(2 * each).slice(each))
    },
  },
}

/** Opens one. */
export function openStream(name: string, folder: string, more: object = {}): Dataset {
  const { plugin, options } = streamFormats[name]!
  const { of, ...rest } = { ...options, ...more } as { readonly of?: readonly object[] }
  // Threads and caches are those of the parts.
  const own = of === undefined ? rest : { ...options, of: of.map((each) => ({ ...each, ...more })) }
  const factory = (_: unknown, called: string) => (given: object) =>
    createAnyDataset(called === 'parquet' ? parquet : jsonLines, given, { folder })
  return createAnyDataset(plugin, own, { folder, factory: factory as never })
}

async function writeShards(folder: string, each: number): Promise<string[]> {
  const all = records(2 * each)
  const half = Math.ceil(all.length / 2)
  const paths = ['a-0.tar', 'a-1.tar'].map((name) => join(folder, name))
  for (const [at, path] of paths.entries()) {
    await writeTar(path, all.slice(at * half, (at + 1) * half))
  }
  return paths
}
