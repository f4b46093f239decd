import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instantiate, loadSamples } from '@ashlar/core'
import { mnist } from '@ashlar/datasets'

/** MNIST's training images as plain files, so that every language reads the same bytes. */
export interface DataFiles {
  /** uint8 `[length, 28, 28]`. */
  readonly images: string
  /** uint8 `[length]`. */
  readonly labels: string
  readonly length: number
}

/** Writes the files, and removes them when `use` is done. */
export async function withDataFiles<T>(use: (files: DataFiles) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    const { train } = await loadSamples(instantiate(mnist))
    const files = { images: join(folder, 'images'), labels: join(folder, 'labels') }
    await writeFile(files.images, train.inputs as Uint8Array)
    await writeFile(files.labels, Uint8Array.from(train.labels))
    return await use({ ...files, length: train.length })
  } finally {
    await rm(folder, { recursive: true })
  }
}
