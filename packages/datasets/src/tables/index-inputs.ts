import { ConfigError } from '@ashlar/errors'

/** The input of all columns that are no categories. */
const NUMBERS = 'numbers'

/** An input, and the columns that it is made of. */
export interface NamedColumns {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * The inputs that a table comes to where categories are indices: one by the name of each category, which an embedding of its own takes, and `numbers` with all other columns.
 *
 * @param option where the columns are named, for errors.
 * @throws ConfigError for columns whose names would make one input of two.
 */
export function indexInputs(
  features: readonly string[],
  categorical: readonly string[],
  option: string,
): NamedColumns[] {
  const numbers = features.filter((column) => !categorical.includes(column))
  const named = features
    .filter((column) => categorical.includes(column))
    .map((column): NamedColumns => ({ name: nameOfInput(column), columns: [column] }))
  const inputs = [...named, ...(numbers.length > 0 ? [{ name: NUMBERS, columns: numbers }] : [])]
  const twice = inputs.find(({ name }, at) => inputs.findIndex((each) => each.name === name) !== at)
  if (twice === undefined) return inputs
  throw new ConfigError({
    where: option,
    expected: `must have names that differ in letters and digits, and two columns would be the input ${twice.name}`,
    given: twice.columns.join(', '),
    hint: 'Rename one of the columns, or leave one out by `features`.',
  })
}

/** What stands in the names of columns need not be fit for the name of an input. */
function nameOfInput(column: string): string {
  const plain = column.replace(/[^\p{L}\p{N}_-]+/gu, '_')
  return /^[\p{L}_]/u.test(plain) ? plain : `_${plain}`
}
