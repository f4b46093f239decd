import type { NameFacts, NumberFacts } from '../tables/column-summary.ts'
import type { Rounding } from '../tables/encode.ts'
import type { Tally } from '../tables/middle-numbers.ts'
import type { Missing } from '../tables/missing.ts'

/** A column that was read whole: what is small is held in memory. */
export interface Column {
  /** Place of each row's value in `names`; none of them where it is missing and may be. */
  readonly codes: Uint32Array
  /** The different values, in the order in which they came. */
  readonly names: readonly string[]
  /** Each row's value where all are numbers; NaN where it is missing and may be. */
  readonly numbers?: Float64Array | undefined
  /** SHA-256 of what the values are the names of, where these are files. */
  readonly digest?: string | undefined
  /** Of cells that are numbers. */
  readonly numeric?: NumberFacts | undefined
  /** Of cells that are numbers: how often each is there of those that the median is among. */
  readonly middles?: Tally | undefined
  /** Of cells that are categories, in their order. */
  readonly named?: NameFacts | undefined
  /** Rows whose value is missing, where it may be. */
  readonly lacking?: Uint32Array | undefined
}

/** A column that is read whole. */
export interface WantedColumn {
  readonly field: string
  /** Whether every value is one of its own; else they are names, and many rows have the same. */
  readonly asNumbers: boolean
  /** Whether values may be missing: their rows are told. */
  readonly mayMiss?: boolean | undefined
  /** What of its values becomes the column, if it is not they; {@link keyOfColumn} tells it from the values. */
  readonly measure?: Measure | undefined
}

/**
 * What is found out of each value: how many tokens a text has, how many places a list; what the file holds that it names, within a folder; which cells of a table say nothing; or of those that are trained
 * on, what their numbers say, in one pass or two, and which categories there are.
 */
export type Measure =
  | { readonly of: 'text'; readonly tokenizer: string | undefined }
  | { readonly of: 'list' }
  | { readonly of: 'file'; readonly folder: string }
  | { readonly of: 'lacks'; readonly kind: 'number' | 'category' }
  | { readonly of: 'numbers'; readonly rounding: Rounding; readonly missing: Missing }
  | {
      readonly of: 'middles'
      readonly rounding: Rounding
      /** What the first pass has found. */
      readonly parts: Tally
    }
  | {
      readonly of: 'categories'
      /** Whether cells may be empty. */
      readonly mayMiss: boolean
    }

/** What a column is found under. */
export function keyOfColumn({ field, measure }: Pick<WantedColumn, 'field' | 'measure'>): string {
  return measure === undefined ? field : `${JSON.stringify(measure)} of ${field}`
}
