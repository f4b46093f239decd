import { existsSync } from 'node:fs'
import { DataError } from '@ashlar/errors'

/**
 * Why there are no runs in a folder that cannot be listed.
 *
 * @param out the folder, as somebody said it.
 * @param cause why it cannot be listed.
 * @param said how another is named: `ashlar ui FOLDER`.
 */
export function noRuns(out: string, cause: unknown, said: string): DataError {
  const isThere = existsSync(out)
  return new DataError({
    where: out,
    expected: 'must be a folder of runs',
    given: isThere ? (cause as Error).message : undefined,
    hint: `${isThere ? '' : 'There is nothing at this path. '}Train something first, or say where the runs are: ${said}.`,
    cause,
  })
}
