import { defineKind, type Kind } from '@ashlar/plugins'
import type { InputEncoding, TextFormat, TokenEncoding } from './encoding.ts'
import type { Field } from './field.ts'
import type { Normalize } from './scaling.ts'
import type { Split } from './split.ts'
import type { TargetScale } from './target-scale.ts'

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
  /** The label of places that do not count: losses, metrics and reports leave them out. None when left out. */
  readonly ignoreIndex?: number | undefined
  /** Inputs by name, where a model takes several: `inputShape`, `inputDtype` and `inputRange` are those of the first then; see `infoOfFields`. */
  readonly inputs?: Readonly<Record<string, Field>> | undefined
  /** Labels by the name of the output that they are held against, where there are several: `labelShape`, `classes` and `targets` are those of the first then. */
  readonly outputs?: Readonly<Record<string, Field>> | undefined
  /** How a sample was made of something that anybody may have, such as a picture. What is fitted to the training samples is known once they are loaded. */
  readonly input?: InputEncoding | undefined
  /** Whether the channels of pictures are normalized besides, as the options of the dataset say; not when left out. */
  readonly normalize?: Normalize | undefined
  /** Names of the numbers to predict, where there are any. */
  readonly targets?: readonly string[] | undefined
  /** Where the numbers to predict lie, by the training samples; left out where nobody knows before they are loaded, or where they are near 0 to 1. */
  readonly targetScale?: TargetScale | undefined
  /** What the numbers of a sample stand for, where they are tokens of a text. */
  readonly tokens?: TokenEncoding | undefined
  /** How the tables are written from which inputs by name take their numbers as they are; left out where there are none. */
  readonly format?: TextFormat | undefined
  readonly licence: string
  /** Where it comes from: a citation or address for people. */
  readonly source: string
}

/** How a dataset is read. */
export interface LoadDataOptions {
  /** How samples are made, as a model that was trained has seen them: nothing is fitted anew. */
  readonly input?: InputEncoding | undefined
  /** The same of inputs by name. */
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
}

/** A dataset: what it is, its splits, and the digest that pins its bytes. */
export interface Dataset {
  /** Known before anything is loaded, so that a model can be built from it. */
  readonly info: DatasetInfo
  /** Reads and checks the files. Called once per run. */
  load(options?: LoadDataOptions): Promise<DatasetSplits>
}

/** A sample that a dataset was told to do without: a picture that cannot be read, a row that lacks a value. */
export interface LeftOut {
  /** A file, or a place in one. */
  readonly where: string
  /** Why, as an error would say it. */
  readonly reason: string
  /** How many samples this tells of, where it stands for many; 1 when left out. See `countLeftOut`. */
  readonly count?: number | undefined
}

/** The splits, with the SHA-256 over the bytes that were used (limit and order included). */
export interface DatasetSplits {
  readonly train: Split
  readonly test: Split
  /** Held out of training to choose by; there when the `validation` option or the dataset itself gives one. */
  readonly validation?: Split
  /** How the samples were made, with what was fitted to the training samples; that of the dataset's `info` when left out. */
  readonly input?: InputEncoding | undefined
  /** The same of inputs by name, as far as they are others than those of the dataset's `info`. */
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
  /** The same splits with everything fitted to these rows of `train` alone; left out where nothing is fitted. */
  refit?(rows: Uint32Array): DatasetSplits | Promise<DatasetSplits>
  /** What was left out because the options say so, such as pictures that are broken or rows that lack a value; none when left out. */
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
