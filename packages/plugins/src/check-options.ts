import { ConfigError, unknownName } from '@ashlar/errors'
import { check } from './options/check.ts'
import { isDataMap } from './options/plain-data.ts'
import type { Plugin } from './plugin.ts'

/**
 * Checks the options that code gives to a plugin's factory, as those of an experiment are: by the plugin's own schema.
 *
 * @param besides options that only code has, such as a clock.
 * @throws ConfigError for an unknown option (with the closest known one) and a wrong value.
 */
export function checkOptions(
  { name, options }: Pick<Plugin, 'name' | 'options'>,
  given: unknown,
  besides: readonly string[] = [],
): void {
  const own =
    besides.length > 0 && isDataMap(given)
      ? Object.fromEntries(Object.entries(given).filter(([key]) => !besides.includes(key)))
      : given
  check(options, own, name)
}

/**
 * Checks that options have known names only.
 *
 * @param where the function that takes them.
 * @param known every name, so that none is left out.
 * @throws ConfigError that shows the known names and the closest, or for something that is no object of options.
 */
export function checkNames<Options extends object>(
  where: string,
  given: Options | undefined,
  known: Readonly<Record<keyof Options, true>>,
): void {
  if (given === undefined) return
  if (!isPlain(given)) {
    throw new ConfigError({
      where,
      expected: 'options must be an object',
      given,
      hint: `Its keys may be ${Object.keys(known).join(', ')}.`,
    })
  }
  const stranger = Object.keys(given).find((key) => !Object.hasOwn(known, key))
  if (stranger === undefined) return
  throw new ConfigError(unknownName(where, 'option', stranger, Object.keys(known)))
}

/** A tensor or a list of samples is no options, though it is an object. */
function isPlain(value: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || (prototype as object).constructor?.name === 'Object'
}
