import { AshlarError } from '@ashlar/errors'
import * as assert from 'uvu/assert'

/** The message of the error that `fn` must throw, which must be one of Ashlar's own. */
export async function refusal(fn: () => unknown): Promise<string> {
  try {
    await fn()
  } catch (error) {
    assert.instance(error, AshlarError, `expected an AshlarError, got ${String(error)}`)
    return (error as AshlarError).message
  }
  assert.unreachable('expected an error')
  throw new Error('unreachable')
}
