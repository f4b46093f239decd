import { EngineError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtWorker } from '../../src/serve/built-worker.ts'

const test = suite('workers out of the built packages')

test('say how to build what is not there', () => {
  const nowhere = new URL('nothing-built-here/', import.meta.url)
  assert.throws(
    () => builtWorker('client.js', nowhere),
    (error: unknown) =>
      error instanceof EngineError &&
      error.message.includes('the packages must be built') &&
      error.message.includes('node scripts/build.js'),
  )
})

test.run()
