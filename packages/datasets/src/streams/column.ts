import type { Rounding } from '../tables/encode.ts'

/** A column that was read whole: what is small is held in memory. */
export interface Column {
  /** Place of each row's value in `names`. */
  readonly codes: Uint32Array
  /** The different values, in the order in which they came. */
  readonly names: readonly string[]
  /** Each row's value where all are numbers. */
  readonly numbers?: Float64Array | undefined
  /** SHA-256 of what the values are the names of, where these are files. */
  readonly digest?: string | undefined
  /** Of cells that are numbers. */
  readonly moments?: { readonly mean: number; readonly std: number } | undefined
  /** Of cells that are categories, sorted. */
  readonly categories?: readonly string[] | undefined
}

/** A column that is read whole. */
export interface WantedColumn {
  readonly field: string
  /** Whether every value is one of its own; else they are names, and many rows have the same. */
  readonly asNumbers: boolean
  /** Its values are sequences, and how long each is becomes the column; {@link keyOfColumn} tells it from the values. */
  readonly measure?: Measure | undefined
}

/**
 * What is found out of each value: how many tokens a text has, how many places a list; what the file holds that it names, within a folder; or of cells of a table that are trained on, mean and deviation of
 * their numbers, and which categories there are.
 */
export type Measure =
  | { readonly of: 'text'; readonly tokenizer: string | undefined }
  | { readonly of: 'list' }
  | { readonly of: 'file'; readonly folder: string }
  | { readonly of: 'moments'; readonly rounding: Rounding }
  | {
      readonly of: 'categories'
      /** Whether cells may be empty. */
      readonly mayMiss: boolean
    }

const KEYS: Readonly<Record<Measure['of'], string>> = {
  text: 'length',
  list: 'length',
  file: 'files',
  moments: 'moments',
  categories: 'categories',
}

/** What a column is found under. */
export function keyOfColumn({ field, measure }: Pick<WantedColumn, 'field' | 'measure'>): string {
  if (measure === undefined) return field
  const known = measure.of === 'categories' && measure.mayMiss ? 'known ' : ''
  return `${known}${KEYS[measure.of]} of ${field}`
}
