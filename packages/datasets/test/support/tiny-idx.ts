import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { IdxDeclaration, IdxFile } from '../../src/idx/idx-dataset.ts'

/** The bytes of an idx file. */
export function idxBytes(shape: readonly number[], elements: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((dim, axis) => {
    header.writeUInt32BE(dim, 4 + 4 * axis)
  })
  return Buffer.concat([header, Uint8Array.from(elements)])
}

const TRAIN = 12
const TEST = 6
const SIZE = [4, 3] as const

/** Four idx files of 12 + 6 images of 4 x 3 pixels; every image has its own pixels. */
export const tinyFiles: ReadonlyMap<string, Buffer> = new Map([
  ['train-images-idx3-ubyte', idxBytes([TRAIN, ...SIZE], pixels(TRAIN, 0))],
  [
    'train-labels-idx1-ubyte',
    idxBytes(
      [TRAIN],
      Array.from({ length: TRAIN }, (_, i) => i % 3),
    ),
  ],
  ['t10k-images-idx3-ubyte', idxBytes([TEST, ...SIZE], pixels(TEST, 100))],
  [
    't10k-labels-idx1-ubyte',
    idxBytes(
      [TEST],
      Array.from({ length: TEST }, (_, i) => i % 3),
    ),
  ],
])

/** A dataset of the tiny files; where they are is up to the test. */
export const tiny: IdxDeclaration = {
  info: {
    name: 'tiny',
    inputShape: [...SIZE, 1],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: ['a', 'b', 'c'],
    licence: 'CC0-1.0',
    source: 'made by the tests',
  },
  description: 'Tiny images.',
  train: {
    images: pinned('train-images-idx3-ubyte', [TRAIN, ...SIZE]),
    labels: pinned('train-labels-idx1-ubyte', [TRAIN]),
  },
  test: {
    images: pinned('t10k-images-idx3-ubyte', [TEST, ...SIZE]),
    labels: pinned('t10k-labels-idx1-ubyte', [TEST]),
  },
  mirrors: ['http://127.0.0.1:9/nothing/'],
  hint: 'Make the files.',
}

/** How the tiny files lie in a folder. */
export interface TinyLayout {
  readonly gzip?: boolean
  readonly rename?: (name: string) => string
}

/** Writes the tiny files to a folder, under the names that `rename` gives them. */
export async function writeTiny(
  folder: string,
  { gzip = false, rename = (name) => name }: TinyLayout = {},
): Promise<void> {
  for (const [name, bytes] of tinyFiles) {
    await writeFile(
      join(folder, rename(gzip ? `${name}.gz` : name)),
      gzip ? gzipSync(bytes) : bytes,
    )
  }
}

function pixels(count: number, offset: number): number[] {
  return Array.from({ length: count * SIZE[0] * SIZE[1] }, (_, i) => (i * 7 + offset) % 256)
}

function pinned(name: string, shape: readonly number[]): IdxFile {
  const sha256 = createHash('sha256').update(tinyFiles.get(name)!).digest('hex')
  return { name, shape, sha256 }
}
