import { DataError } from '@ashlar/errors'

/** A picture whose contents cannot be read, unlike a file that cannot be opened. */
export class BrokenPictureError extends DataError {}

/** What to do with one that is damaged. */
export const BROKEN_HINT =
  'Get the file again, or leave it out: `image-folder` does so with all that are broken by `broken: skip`.'

/** Why a picture was left out, of a place that is told apart. */
export function reasonLeftOut({ message }: BrokenPictureError, where: string): string {
  return message.replace(`${where}: `, '').replace(`\n  ${BROKEN_HINT}`, '')
}
