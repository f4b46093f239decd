import { stat } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import type { RunFolder } from '@ashlar/experiment'
import { formatPath } from '../terminal/format.ts'

/**
 * The exported file of a run.
 *
 * @param exporter name of what wrote it; its files end with that.
 * @throws DataError when the run was not exported.
 */
export async function exportedFile(run: RunFolder, exporter: string): Promise<string> {
  const name = `model.${exporter}`
  const file = run.file(name)
  if ((await stat(file).catch(() => undefined))?.isFile()) return file
  throw new DataError({
    where: formatPath(run.path),
    expected: `the run must have been exported: there is no ${name}`,
    hint: `Export it: ashlar export ${formatPath(run.path)}`,
  })
}
