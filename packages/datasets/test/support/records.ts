import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import sharp from 'sharp'
import wavefile from 'wavefile'

/** A record of tests: its place, a class and some numbers that follow from it. */
export interface TestRecord {
  readonly id: number
  readonly kind: string
  readonly split: string
  readonly group: string
  readonly a: number
  readonly list: readonly number[]
  readonly note: string
}

/** Records that differ, two classes in turn. */
export function records(count: number): TestRecord[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    kind: id % 2 ? 'dog' : 'cat',
    split: ['train', 'train', 'val', 'test'][id % 4]!,
    group: `g${Math.floor(id / 3)}`,
    a: id * 1.5,
    list: [id, id + 0.25],
    note: `note ${id}, of "${id % 2 ? 'dogs' : 'cats'}"`,
  }))
}

/** A small picture whose red is its id times ten. */
export async function picture(id: number, format: 'jpeg' | 'png' = 'png'): Promise<Buffer> {
  return sharp({
    create: { width: 4, height: 4, channels: 3, background: { r: (id * 10) % 250, g: 20, b: 30 } },
  })
    .toFormat(format)
    .toBuffer()
}

/** Writes records as lines of JSON. */
export function writeLines(path: string, all: readonly object[]): Promise<void> {
  return writeFile(path, `${all.map((each) => JSON.stringify(each)).join('\n')}\n`)
}

/** Writes records as CSV. */
export function writeCsv(path: string, all: readonly TestRecord[]): Promise<void> {
  const rows = all.map(({ id, kind, split, group, a, note }) =>
    [id, kind, split, group, a, `"${note.replaceAll('"', '""')}\nin two lines"`].join(','),
  )
  return writeFile(path, `id,kind,split,group,a,note\n${rows.join('\n')}\n`)
}

/** Writes records as Parquet, with their pictures as Hugging Face has them. */
export async function writeParquet(path: string, all: readonly TestRecord[]): Promise<void> {
  const pictures = await Promise.all(all.map(({ id }) => picture(id)))
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'id', data: all.map(({ id }) => id), type: 'INT32' },
      { name: 'kind', data: all.map(({ kind }) => kind), type: 'STRING' },
      { name: 'split', data: all.map(({ split }) => split), type: 'STRING' },
      { name: 'group', data: all.map(({ group }) => group), type: 'STRING' },
      { name: 'a', data: all.map(({ a }) => a), type: 'DOUBLE' },
      { name: 'image', data: pictures.map((each) => new Uint8Array(each)), type: 'BYTE_ARRAY' },
    ],
    rowGroupSize: 4,
  })
  await writeFile(path, new Uint8Array(bytes))
}

/** Writes records as a tar shard of WebDataset. */
export async function writeTar(path: string, all: readonly TestRecord[]): Promise<void> {
  const entries = await Promise.all(
    all.map(async ({ id, kind, ...more }) => {
      const key = `part/${String(id).padStart(4, '0')}`
      const file = (ending: string, body: Uint8Array | string) => ({
        header: { name: `${key}.${ending}`, size: Buffer.byteLength(body), type: 'file' as const },
        body,
      })
      return [
        file('jpg', new Uint8Array(await picture(id, 'jpeg'))),
        file('cls', kind),
        file('json', JSON.stringify({ id, ...more })),
      ]
    }),
  )
  await writeFile(path, await packTar(entries.flat()))
}

/** An array as the bytes of a .npy file. */
export function npy(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  order = 'False',
): Buffer {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${dims}), }`
  const padded = text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)
  const header = Buffer.alloc(10)
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(padded.length + 1, 8)
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat([header, Buffer.from(`${padded}\n`, 'latin1'), bytes])
}

/** A WAV file of 16 bits. */
export function wav(samples: readonly number[], rate = 100, channels = 1): Buffer {
  const file = new wavefile.WaveFile()
  file.fromScratch(channels, rate, '16', samples)
  return Buffer.from(file.toBuffer())
}

/** Writes folders `high` and `low` of sounds. */
export async function writeSounds(folder: string, each: number): Promise<void> {
  for (const [at, name] of ['high', 'low'].entries()) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < each; i++) {
      const samples = Array.from({ length: 20 }, (_, t) =>
        Math.round(1000 * (at + 1) * Math.sin(t) + i),
      )
      await writeFile(join(folder, name, `${i}.wav`), wav(samples))
    }
  }
}
