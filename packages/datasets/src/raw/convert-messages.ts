import { DataError } from '@ashlar/errors'
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
export type ConvertAnswer = { readonly png: Uint8Array } | { readonly failure: Failure }

/** A picture that would take more memory than anybody should be given. */
export function tooManyPixels(
  where: string,
  size: { readonly width: number; readonly height: number; readonly mostPixels: number },
): DataError {
  return new DataError({
    where,
    expected: `must have at most ${size.mostPixels} pixels`,
    given: `${size.width} x ${size.height}`,
    hint: 'Make it smaller.',
  })
}
