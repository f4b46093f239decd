import { DataError } from '@ashlar/errors'

/** Whole numbers beyond are not all there in float32. */
export const LARGEST_WHOLE: number = 2 ** 24

/** The error for texts where numbers must be. */
export function notNumbers(where: string, what: string, given: unknown, sample: number): DataError {
  return new DataError({
    where,
    expected: `${what} must be numbers, but sample ${sample} has a text`,
    given,
    hint: 'Number the classes from 0 on, and keep their names in a list.',
  })
}

/**
 * Checks whole numbers that are to become float32.
 *
 * @throws DataError that names the first sample with a number beyond 2^24.
 */
export function checkWholeNumbers(where: string, data: Int32Array, length: number): void {
  const place = data.findIndex((value) => Math.abs(value) > LARGEST_WHOLE)
  if (place < 0) return
  const size = data.length / length
  throw new DataError({
    where,
    expected: `inputs become float32, which has all whole numbers up to ${LARGEST_WHOLE} only, but sample ${Math.floor(place / size)} has a larger one`,
    given: data[place],
    hint: 'Split or scale such numbers, or cast them to float32 where rounding is meant.',
  })
}
