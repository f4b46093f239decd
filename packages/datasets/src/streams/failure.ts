import { AshlarError, ConfigError, DataError } from '@ashlar/errors'
import { BrokenPictureError } from '../images/broken-picture.ts'
import type { Failure } from './reader.ts'

/**
 * An error as another thread can be told of it.
 *
 * @param place row of the batch that it is about.
 */
export function failureOf(error: unknown, place = 0): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof AshlarError)) return { place, message, stack }
  const { code, where, hint } = error
  const start = `${where}: `
  const end =
    hint === undefined ? message.length : message.lastIndexOf(`\n`, message.lastIndexOf(hint))
  const expected = message.slice(message.startsWith(start) ? start.length : 0, end)
  return {
    place,
    message,
    stack,
    problem: { code, where, expected, hint, isBroken: error instanceof BrokenPictureError },
  }
}

/** The error that a failure tells of. */
export function errorOf({ message, stack, problem }: Failure): Error {
  if (problem === undefined) {
    const error = new Error(message)
    if (stack !== undefined) error.stack = stack
    return error
  }
  if (problem.isBroken) return new BrokenPictureError(problem)
  return problem.code === 'CONFIG' ? new ConfigError(problem) : new DataError(problem)
}
