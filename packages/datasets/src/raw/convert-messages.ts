import type { Failure } from '../streams/reader.ts'

/** What the process that decodes is asked. */
export interface ConvertRequest {
  readonly bytes: Uint8Array
  /** Names the picture in errors. */
  readonly where: string
  readonly mostPixels: number
  /** The longer side of the answer at most. */
  readonly longest: number
}

/** What it answers. */
export type ConvertAnswer =
  | { readonly png: Uint8Array }
  | {
      readonly failure: Failure
      /** Whether what pictures are read with is not installed. */
      readonly isMissing: boolean
    }
