import { defineKind, type Kind } from '@ashlar/plugins'
import type { InputEncoding } from './encoding.ts'
import type { Field, Named } from './field.ts'

/** Numbers of one split, row after row. uint8 pixels stay uint8: scaling happens where they are used. Whole numbers (int32) are a named field's. */
export type SampleData = Uint8Array | Float32Array | Int32Array

/** Class indices, or targets of a regression. */
export type LabelData = Uint8Array | Int32Array | Float32Array

/** One part of a dataset, wholly in memory. */
export interface Split {
  /** `[length, ...inputShape]`, of the dtype that the dataset declares; by name where there are several. */
  readonly inputs: Named<SampleData>
  /** Class indices `[length]`, or float targets `[length, ...labelShape]`; by the name of the output they are held against where there are several. */
  readonly labels: Named<LabelData>
  /** What the loss of each sample counts, `[length]`; all the same when left out. */
  readonly weights?: Float32Array | undefined
  /** Number of samples. */
  readonly length: number
}

/** What a dataset says of itself; nothing else about it stands anywhere else. */
export interface DatasetInfo {
  readonly name: string
  /** Shape of one sample, `[height, width, channels]` for images. */
  readonly inputShape: readonly number[]
  /** Shape of one label: `[]` for a class index or a single number. */
  readonly labelShape: readonly number[]
  readonly inputDtype: 'uint8' | 'float32'
  /**
   * Smallest and largest stored value. Pixels (`uint8`, `[0, 255]`) reach a model scaled to 0..1; float inputs reach it as
   * they are, and their range is `[-Infinity, Infinity]` where nobody knows better.
   */
  readonly inputRange: readonly [number, number]
  /** Names of the classes in the order of their indices; empty for a regression. */
  readonly classes: readonly string[]
  /** Whether labels say yes or no (1 or 0, float32 `[classes]`) to each of the classes, of which several may be right. */
  readonly multiLabel?: true | undefined
  /** Inputs by name, where a model takes several: `inputShape`, `inputDtype` and `inputRange` are those of the first then; see `infoOfFields`. */
  readonly inputs?: Readonly<Record<string, Field>> | undefined
  /** Labels by the name of the output that they are held against, where there are several: `labelShape`, `classes` and `targets` are those of the first then. */
  readonly outputs?: Readonly<Record<string, Field>> | undefined
  /** How a sample was made of something that anybody may have, such as a picture. What is fitted to the training samples is known once they are loaded. */
  readonly input?: InputEncoding | undefined
  /** Names of the numbers to predict, where there are any. */
  readonly targets?: readonly string[] | undefined
  readonly licence: string
  /** Where it comes from: a citation or address for people. */
  readonly source: string
}

/** How a dataset is read. */
export interface LoadDataOptions {
  /** How samples are made, as a model that was trained has seen them: nothing is fitted anew. */
  readonly input?: InputEncoding | undefined
}

/** A dataset: what it is, its splits, and the digest that pins its bytes. */
export interface Dataset {
  /** Known before anything is loaded, so that a model can be built from it. */
  readonly info: DatasetInfo
  /** Reads and checks the files. Called once per run. */
  load(options?: LoadDataOptions): Promise<DatasetSplits>
}

/** A sample that a dataset could not read and was told to do without. */
export interface LeftOut {
  /** A file, or a place in one. */
  readonly where: string
  /** Why, as an error would say it. */
  readonly reason: string
}

/** The splits, with the SHA-256 over the bytes that were used (limit and order included). */
export interface DatasetSplits {
  readonly train: Split
  readonly test: Split
  /** Held out of training to choose by; there when the `validation` option or the dataset itself gives one. */
  readonly validation?: Split
  /** How the samples were made, with what was fitted to the training samples; that of the dataset's `info` when left out. */
  readonly input?: InputEncoding | undefined
  /** The same splits with everything fitted to these rows of `train` alone; left out where nothing is fitted. */
  refit?(rows: Uint32Array): DatasetSplits
  /** What was left out because the options say so, such as pictures that are broken; none when left out. */
  readonly leftOut?: readonly LeftOut[]
  /** `sha256:` and 64 hexadecimal digits. The same data has the same digest wherever its files came from. */
  readonly digest: string
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    dataset: Dataset
  }
}

/** Data to train and test on. */
export const datasetKind: Kind<'dataset'> = defineKind('dataset')
