import { ConfigError } from '@ashlar/errors'

/** @throws ConfigError for an option that is missing where there are not several by name. */
export function given<T>(value: T | undefined, option: string, other: string): T {
  if (value !== undefined) return value
  throw new ConfigError({
    where: `dataset.${option}`,
    expected: `must be given, or several by name as \`${other}\``,
  })
}

/** @throws ConfigError for one and several, or for none by name. */
export function requireOneForm(
  one: string,
  several: string,
  other: unknown,
  names: readonly string[],
): void {
  if (other === undefined && names.length > 0) return
  throw new ConfigError({
    where: `dataset.${several}`,
    expected:
      names.length === 0 ? 'must name at least one' : `must be left out where \`${one}\` is given`,
    given: names,
  })
}
