import type { DatasetInfo } from '@ashlar/core'
import { DataError } from '@ashlar/errors'

/**
 * Checks that labels are indices of classes.
 *
 * @param where the file to name in the error.
 * @throws DataError for the first that is none.
 */
export function checkLabels(labels: Uint8Array, { classes }: DatasetInfo, where: string): void {
  const index = labels.findIndex((label) => label >= classes.length)
  if (index === -1) return
  throw new DataError({
    where: `${where}, label ${index}`,
    expected: `must be the index of one of ${classes.length} classes`,
    given: labels[index],
  })
}
