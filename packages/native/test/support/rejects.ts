import * as assert from 'uvu/assert'

/** The error that a promise is rejected with, which must be of a class. */
export async function rejection<E extends Error>(
  promise: Promise<unknown>,
  type: new (...args: never[]) => E,
): Promise<E> {
  try {
    await promise
  } catch (error) {
    assert.instance(error, type)
    return error as E
  }
  throw new Error('it must be rejected')
}
