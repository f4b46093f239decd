import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { TrainingRun } from '@ashlar/core'
import { testPlugins } from '@ashlar/core/testing'
import { createSamplePlugin, plugins } from './callback.ts'

// The contract of every callback: it goes along with runs, lets their errors through, leaves no tensors.
testPlugins(test, plugins, { callback: { 'sample-plugin': { options: { below: 0.5 } } } })

test('stops when the loss is low enough, and not before', async () => {
  const reasons: string[] = []
  const run = { stop: (reason: string) => reasons.push(reason) } as unknown as TrainingRun
  const callback = createSamplePlugin({ below: 0.5 })
  for (const [epoch, loss] of [0.9, 0.4].entries()) {
    await callback.onEpochEnd?.({ epoch, metrics: { loss }, learningRate: 0.1, seconds: 1 }, run)
  }
  assert.deepEqual(reasons, ['the loss of 0.4 is below 0.5'])
})
