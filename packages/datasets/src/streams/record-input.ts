import type { Field, TokenEncoding } from '@ashlar/core'
import type { WantedColumn } from './column.ts'
import type { FieldPart } from './decoders/fields.ts'

/** One input of records. */
export interface RecordInput {
  /** Undefined for the only one. */
  readonly name: string | undefined
  readonly part: FieldPart
  readonly field: Field
  /** The fields of a record that it is made of. */
  readonly from: readonly string[]
  /** What its numbers stand for, where they are tokens. */
  readonly tokens?: TokenEncoding | undefined
  /** Tells how long each sample is, where batches are to be cut to their longest. */
  readonly lengths?: (WantedColumn & { readonly most: number }) | undefined
}
