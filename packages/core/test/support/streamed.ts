import {
  type ArraySamples,
  batchDtypes,
  type Chunks,
  inMemory,
  type StreamSamples,
  selectSamples,
} from '../../src/index.ts'

/** How samples are made a stream. */
export interface StreamedOptions {
  /** Whether labels stay in memory; false by default. */
  readonly labels?: boolean
  readonly chunks?: Chunks
  /** Called with each read before it is done. */
  onRead?(rows: Uint32Array): void | Promise<void>
}

/** Samples in memory as if they had to be read; reads end in no particular order. */
export function streamed(
  samples: ArraySamples,
  { labels = false, chunks, onRead }: StreamedOptions = {},
): StreamSamples {
  let reads = 0
  return {
    length: samples.length,
    info: samples.info,
    ...(labels && { labels: samples.labels }),
    stream: {
      dtypes: batchDtypes(samples),
      ...(chunks && { chunks }),
      async read(rows, into) {
        const turns = (reads++ * 7) % 3
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
        await onRead?.(rows)
        const read = inMemory(selectSamples(samples, rows))
        into.inputs.set(read.inputs)
        into.labels.set(read.labels)
      },
    },
  }
}
