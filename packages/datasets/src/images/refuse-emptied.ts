import { DataError } from '@ashlar/errors'
import type { LabelledImage } from './list-images.ts'

/**
 * Without broken pictures, what is left must still be what was asked for.
 *
 * @throws DataError for a class all of whose pictures are broken.
 */
export function refuseEmptied(
  images: readonly LabelledImage[],
  read: readonly Pick<LabelledImage, 'label'>[],
  classes: readonly string[],
): void {
  const left = new Set(read.map(({ label }) => label))
  const emptied = images.find(({ label }) => !left.has(label))
  if (emptied === undefined) return
  throw new DataError({
    where: emptied.path,
    expected: `the class ${JSON.stringify(classes[emptied.label])} must have a picture that can be read among those that are used, and all are broken`,
    hint: 'Look at one of them: `broken: refuse` says what is wrong with it.',
  })
}
