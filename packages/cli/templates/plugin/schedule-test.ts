import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { createSamplePlugin, plugins } from './schedule.ts'

// The contract of every schedule: finite rates that are not negative, the same whenever they are asked for.
testPlugins(test, plugins, { schedule: { 'sample-plugin': {} } })

test('rises until the middle, and falls after it', () => {
  const schedule = createSamplePlugin({ initial: 0, highest: 1 })
  assert.deepEqual(
    [0, 5, 10, 15, 20].map((step) => schedule.at(step, 20)),
    [0, 0.5, 1, 0.5, 0],
  )
})
