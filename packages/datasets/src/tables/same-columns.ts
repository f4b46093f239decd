import type { InputEncoding, TableEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

/**
 * What a model has seen, if this table can be brought to it.
 *
 * @param where names the dataset in errors.
 * @throws ConfigError for other columns.
 */
export function sameColumns(
  where: string,
  seen: InputEncoding,
  fitted: TableEncoding,
): TableEncoding {
  const columnsOf = (each: InputEncoding) =>
    each.kind === 'table' ? each.columns.map(({ name, kind }) => `${name} (${kind})`) : []
  if (seen.kind === 'table' && String(columnsOf(seen)) === String(columnsOf(fitted))) return seen
  throw new ConfigError({
    where,
    expected: `the columns must be those that the model was trained with: ${columnsOf(seen).join(', ')}`,
    given: columnsOf(fitted).join(', '),
  })
}
