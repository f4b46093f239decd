import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ArraySamples } from '@ashlar/core'

/** Samples as plain files, so that every language reads the same bytes. */
export interface DataFiles {
  readonly inputs: StoredArray
  readonly labels: StoredArray
  readonly length: number
  readonly inputRange: readonly [number | null, number | null]
}

/** Numbers of all samples in a file, row after row, as this machine stores them. */
export interface StoredArray {
  readonly path: string
  readonly dtype: 'uint8' | 'int32' | 'float32'
  /** Of one sample. */
  readonly shape: readonly number[]
}

/** Writes samples into a folder that is removed when `use` is done. */
export async function withDataFiles<T>(
  samples: ArraySamples,
  use: (files: DataFiles, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    return await use(await writeData(samples, folder), folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes samples into a folder. */
export async function writeData(
  { inputs, labels, length, info }: ArraySamples,
  folder: string,
): Promise<DataFiles> {
  const store = async (name: string, data: StoredData, shape: readonly number[]) => {
    const path = join(folder, name)
    await writeFile(path, data)
    return { path, dtype: dtypeOf(data), shape }
  }
  return {
    inputs: await store('inputs', inputs, info.inputShape),
    labels: await store('labels', labels, info.labelShape),
    length,
    inputRange: info.inputRange,
  }
}

type StoredData = Uint8Array | Int32Array | Float32Array

function dtypeOf(data: StoredData): StoredArray['dtype'] {
  if (data instanceof Uint8Array) return 'uint8'
  return data instanceof Int32Array ? 'int32' : 'float32'
}
