import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { reasonOf } from '../effects/reason.ts'
import { loadTensorflow } from '../load/load-tensorflow.ts'
import { onTensorflow } from '../load/on-tensorflow.ts'

/** Writes an event file that TensorBoard shows, with TensorFlow's own writer. */
export interface EventWriter {
  /** One point of a curve. */
  scalar(name: string, value: number, step: number): Promise<void>
  /**
   * How numbers are spread at one step, for the pages Histograms and Distributions.
   *
   * @param buckets 30 by default.
   */
  histogram(name: string, values: ArrayLike<number>, step: number, buckets?: number): Promise<void>
  /** Puts on disk what is still in memory; call it at the end. TensorFlow does so by itself after ten points or two minutes. */
  flush(): Promise<void>
}

/**
 * Opens an event file in a folder, which is made when it is missing. The same folder gives the same file for as long as the process lives.
 *
 * @throws EngineError when TensorFlow native is not installed.
 * @throws DataError when the folder cannot be written.
 * @example
 * const events = await openEventWriter('runs/latest/tensorboard')
 * await events.scalar('loss', 0.5, 1)
 * await events.flush()
 */
export async function openEventWriter(folder: string): Promise<EventWriter> {
  const { tfjsNode } = await loadTensorflow()
  const path = resolve(folder)
  await makeFolder(path)
  const writer = await onTensorflow(() => tfjsNode.node.summaryFileWriter(path))
  return {
    scalar: (name, value, step) => onTensorflow(() => writer.scalar(name, value, step)),
    histogram: (name, values, step, buckets) =>
      onTensorflow(() =>
        tf.tidy(() => {
          writer.histogram(name, tf.tensor1d(Float32Array.from(values)), step, buckets)
        }),
      ),
    flush: () => onTensorflow(() => writer.flush()),
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (cause) {
    throw new DataError({
      where: path,
      expected: `must be a folder that can be written (${reasonOf(cause)})`,
      cause,
    })
  }
}
