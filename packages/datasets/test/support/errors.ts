import { AshlarError } from '@ashlar/errors'
import * as assert from 'uvu/assert'

/** Asserts that an action fails with an Ashlar error of this class and exactly this message. */
export async function rejects(
  action: () => unknown,
  type: new (problem: { where: string; expected: string }) => AshlarError,
  message: string | RegExp,
): Promise<void> {
  let error: unknown
  try {
    await action()
  } catch (thrown) {
    error = thrown
  }
  if (!(error instanceof AshlarError)) {
    assert.unreachable(`expected ${type.name}, got ${error === undefined ? 'no error' : error}`)
    return
  }
  assert.instance(error, type)
  if (typeof message === 'string') assert.is(error.message, message)
  else assert.match(error.message, message)
}
