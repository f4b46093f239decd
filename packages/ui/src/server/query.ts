import { ConfigError, DataError } from '@ashlar/errors'
import { LATEST } from '@ashlar/experiment/runs'
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
 * The name of a run folder, which leads nowhere else.
 *
 * @throws DataError for whatever is a path.
 */
export function runName(name: string): string {
  const isName = name !== '' && name !== '.' && name !== '..' && !/[\\/\0]/.test(name)
  if (isName && name !== LATEST) return name
  throw new DataError({ where: 'run', expected: 'must be the name of a run folder', given: name })
}
