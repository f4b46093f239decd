import type { Named } from './field.ts'

/** Numbers of one split, row after row. uint8 pixels stay uint8: scaling happens where they are used. Whole numbers (int32) are a named field's. */
export type SampleData = Uint8Array | Float32Array | Int32Array

/** Class indices, or targets of a regression. */
export type LabelData = Uint8Array | Int32Array | Float32Array

/** Which samples an epoch of training goes over, where that is not each of them once. */
export interface Sampler {
  /** Samples in an epoch. */
  readonly length: number
  /** Rows of the split in their order. Depends on these two numbers alone; a row may come more than once. */
  rows(seed: number, epoch: number): Uint32Array
  /** The same over some of the samples alone, whose rows are their places in `rows`. */
  select(rows: Uint32Array): Sampler
}

/** What every split has. */
interface AnySplit {
  /** Number of samples. */
  readonly length: number
  /** Left out: an epoch is every sample once. */
  readonly sampler?: Sampler | undefined
  /**
   * How many places of each sample are not padding, `[length]`, of sequences that are padded to one width: batches of training are made of samples of like lengths, and cut to the longest.
   * They are those of the first input, and of labels that have as many places; other inputs are left whole.
   */
  readonly lengths?: Uint32Array | undefined
}

/** One part of a dataset, wholly in memory: arrays, by name where there are several. */
export interface FieldSplit extends AnySplit {
  /** `[length, ...inputShape]`, of the dtype that the dataset declares; by name where there are several. */
  readonly inputs: Named<SampleData>
  /** Class indices `[length]`, or float targets `[length, ...labelShape]`; by the name of the output that they are held against where there are several. */
  readonly labels: Named<LabelData>
  /** What the loss of each sample counts, `[length]`; all the same when left out. */
  readonly weights?: Float32Array | undefined
  readonly stream?: undefined
}

/** Such a part of one input and one label, which have no names. */
export interface ArraySplit extends FieldSplit {
  readonly inputs: SampleData
  readonly labels: LabelData
}

/** One part of a dataset whose samples are read when they are needed. */
export interface StreamSplit extends AnySplit {
  readonly inputs?: undefined
  /** Held in memory where they are small; undefined where they come with their samples. By name where there are several. */
  readonly labels?: Named<LabelData> | undefined
  /** What the loss of each sample counts, `[length]`, in memory; all the same when left out. */
  readonly weights?: Float32Array | undefined
  readonly stream: SampleStream
}

/** One part of a dataset: arrays, or something that reads samples. */
export type Split = FieldSplit | StreamSplit

/** How numbers are stored. */
export type BatchDtype = 'uint8' | 'int32' | 'float32'

/** How the numbers of a batch are stored, by name where there are several. */
export interface BatchDtypes {
  readonly inputs: Named<BatchDtype>
  readonly labels: Named<BatchDtype>
}

/** Reads samples by their numbers: each of them on its own, or as parts of chunks that are read as a whole. */
export interface SampleStream {
  /** Of a batch. */
  readonly dtypes: BatchDtypes
  /** Left out: every sample is found by itself, in any order. */
  readonly chunks?: Chunks | undefined
  /** Names a sample in errors: its file, and the place in it. Left out, it is called by its number. */
  where?(row: number): string
  /**
   * Reads samples into the first rows of a batch. Several reads may be under way at a time. What is read must follow from the row alone.
   *
   * @param rows 0 for the first sample of the stream.
   * @throws DataError that names the file, and the place in it.
   */
  read(rows: Uint32Array, into: BatchBuffers, options?: ReadOptions): Promise<void>
}

/** Stretches of samples that are read as a whole, such as shards: an order that mixes all of them would read each again and again. */
export interface Chunks {
  /** The chunk of a row; each chunk's rows follow one another. */
  of(row: number): number
  /** Samples in the shuffle buffer: chunks come in a mixed order, and so many samples at a time are mixed among each other. */
  readonly buffer: number
}

/** Where a batch is read to, over shared memory for threads to write there; by name where there are several. */
export interface BatchBuffers {
  /** At least `[rows, ...inputShape]`. */
  readonly inputs: Named<SampleData>
  /** At least `[rows, ...labelShape]`. */
  readonly labels: Named<LabelData>
}

/** How samples are read. */
export interface ReadOptions {
  /** Aborted when nobody waits for them any more. */
  readonly signal?: AbortSignal | undefined
}
