import type { InputEncoding } from './encoding.ts'
import type { ChannelScaling } from './scaling.ts'

/** One of something, or several by name: `image`, `table`. */
export type Named<T> = T | Readonly<Record<string, T>>

/** What is known of one field of a sample before anything is loaded. */
export interface Field {
  /** Of one sample; one size for all of them, which what differs is padded to. */
  readonly shape: readonly number[]
  /** What is stored. `uint8` reaches a model scaled from its range to 0..1, the others as they are. */
  readonly dtype: 'uint8' | 'int32' | 'float32' | 'bool'
  /** Smallest and largest stored value; of `uint8` 0 to 255 when left out. */
  readonly range?: readonly [number, number] | undefined
  /** Names of the classes that numbers of this field are indices of; left out for other numbers. */
  readonly classes?: readonly string[] | undefined
  /** The label of places that do not count, in losses, metrics and reports: what fills up, pixels that nobody labelled. None when left out. */
  readonly ignoreIndex?: number | undefined
  /** Whether labels say yes or no (1 or 0, float32) to each of the classes, of which several may be right. */
  readonly multiLabel?: true | undefined
  /** Names of the numbers, where there are any. */
  readonly targets?: readonly string[] | undefined
  /** What the channels of a picture are normalized by, once scaled; nothing when left out. */
  readonly scaling?: ChannelScaling | undefined
  /** How it was made of something that anybody may have. */
  readonly encoding?: InputEncoding | undefined
}
