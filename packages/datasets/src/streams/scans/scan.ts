import type { LeftOut } from '@ashlar/core'
import type { Column, WantedColumn } from '../column.ts'
import type { StorePlan } from '../reader.ts'

/** What is to be looked at, and how. */
export interface ScanRequest {
  /** Name of the format. */
  readonly kind: string
  /** Absolute. */
  readonly files: readonly string[]
  /** Columns to read whole. */
  readonly columns: readonly WantedColumn[]
  /** What the format must know besides. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** What the records of some files are, without the records. */
export interface Scanned {
  readonly length: number
  readonly store: StorePlan
  /** The chunk of each row, for what is read in chunks. */
  readonly chunks?: Uint32Array | undefined
  /** Bytes of the largest packed file, unpacked. */
  readonly packedBytes?: number | undefined
  /** By field; see `keyOfColumn`. */
  readonly columns: Readonly<Record<string, Column>>
  /** How many records each file has. */
  readonly perFile: readonly number[]
  /** SHA-256 over what was read. */
  readonly digest: string
  /** What was left out because the options say so. */
  readonly leftOut?: readonly LeftOut[] | undefined
  /** What else the format knows. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined
}
