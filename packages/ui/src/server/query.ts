import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import { LATEST, SWEEP } from '@ashlar/experiment/runs'
import type { z } from 'zod'

/**
 * What a request says, checked.
 *
 * @throws ConfigError that says what is wrong with it.
 */
export function parseQuery<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ConfigError({
    where: issue?.path.join('.') || 'request',
    expected: issue?.message ?? 'must be readable',
  })
}

/**
 * Where a run lies that a request names: `run`, or `sweep/trial`. It leads nowhere else.
 *
 * @throws DataError for whatever is another path.
 */
export function runPath(folder: string, name: string): string {
  const [first = '', trial, ...more] = name.split('/')
  const isRun = isName(first) && first !== LATEST && more.length === 0
  const isTrial = trial === undefined || (isName(trial) && existsSync(join(folder, first, SWEEP)))
  if (isRun && isTrial) return resolve(folder, name)
  throw new DataError({ where: 'run', expected: 'must be the name of a run folder', given: name })
}

function isName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part)
}
