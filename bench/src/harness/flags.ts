import { fileURLToPath } from 'node:url'
import { ConfigError } from '@ashlar/errors'
import type { Bench, FlagValues } from '../bench.ts'

/** What `bench/setup` makes. */
export const PYTHON: string = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url))

/** The folder of kept results. */
export const RESULTS: string = fileURLToPath(new URL('../../results', import.meta.url))

/**
 * The number that a flag gives.
 *
 * @throws ConfigError when it is none above 0, or not whole where it must be.
 */
export function countOf(flag: string, given: string, isWhole = true): number {
  const count = Number(given)
  if (count > 0 && (!isWhole || Number.isInteger(count))) return count
  throw new ConfigError({
    where: `--${flag}`,
    expected: `must be a ${isWhole ? 'whole number' : 'number'} above 0`,
    given,
  })
}

/** Flags that say where something lies on this machine. */
const PLACES: readonly string[] = ['json', 'python', 'tfjs-node']

/** What was typed, without where things lie on this machine and what is so by default. */
export function commandOf(
  { name, flags }: Pick<Bench, 'name' | 'flags'>,
  values: FlagValues,
): string {
  const shown = Object.entries(values).flatMap(([flag, value]) => {
    if (PLACES.includes(flag) || value === false || flags[flag]?.default === value) return []
    return value === true
      ? [`--${flag}`]
      : [`--${flag} ${/\W/.test(String(value)) ? JSON.stringify(value) : value}`]
  })
  return [`pnpm bench ${name}`, ...shown].join(' ')
}
