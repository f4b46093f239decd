import { ConfigError } from '@ashlar/errors'

/**
 * Nothing stands twice in a list of names, in whatever form of Unicode.
 *
 * @param where the option.
 * @throws ConfigError that says which does.
 */
export function requireOnce(
  names: readonly string[],
  where: string,
  what: 'class' | 'column' | 'field',
): void {
  const composed = names.map((name) => name.normalize())
  const twice = composed.find((name, at) => composed.indexOf(name) !== at)
  if (twice === undefined) return
  throw new ConfigError({ where, expected: `must name each ${what} once`, given: twice })
}
