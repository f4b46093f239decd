import { DataError } from '@ashlar/errors'

/** Sides of a picture in pixels. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** What pictures of strangers may hold. */
export interface PixelLimit {
  /** Names the picture in errors. */
  readonly where: string
  /** Of a picture; there is no bound when left out. */
  readonly mostPixels?: number | undefined
}

/**
 * Refuses a picture that would take more memory than anybody should be given, by what the file says of itself.
 *
 * @throws DataError
 */
export function requirePixels(
  { width, height }: PictureSize,
  { where, mostPixels }: PixelLimit,
): void {
  if (mostPixels === undefined || width * height <= mostPixels) return
  throw new DataError({
    where,
    expected: `must have at most ${mostPixels} pixels`,
    given: `${width} x ${height}`,
    hint: 'Make it smaller.',
  })
}
