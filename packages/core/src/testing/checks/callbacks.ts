import { strict as assert } from 'node:assert'
import type { Callback } from '../../training/callback.ts'
import type { Check } from '../bench.ts'
import { madeClasses } from '../made-samples.ts'
import { makeProbe, probeShape } from '../probe-model.ts'
import { withoutLeaks } from '../without-leaks.ts'

/** What every callback must keep. */
export const callbackChecks: readonly Check<'callback'>[] = [
  {
    name: 'goes along with two runs and leaves no tensors',
    async run({ create }) {
      const callback = create()
      await withoutLeaks(async () => {
        for (let round = 0; round < 2; round++) {
          const { outcome, epochs } = await train([callback])
          assert.ok(outcome === 'finished' || outcome === 'stopped', `the run ${outcome}`)
          for (const { metrics } of epochs) assert.ok(Number.isFinite(metrics.loss))
        }
      })
    },
  },
  {
    name: 'lets the error of a run through',
    async run({ create }) {
      const error = new RangeError('the disk is full')
      const failing: Callback = {
        name: 'failing',
        onBatchEnd({ step }) {
          if (step === 2) throw error
        },
      }
      // Whoever stands first hears of it either way.
      for (const callbacks of [
        [create(), failing],
        [failing, create()],
      ]) {
        await withoutLeaks(() => assert.rejects(train(callbacks), error))
      }
    },
  },
]

async function train(callbacks: readonly Callback[]) {
  const model = makeProbe()
  try {
    return await model.fit(madeClasses(20, probeShape, 3), {
      epochs: 2,
      batchSize: 4,
      seed: 3,
      validationData: madeClasses(6, probeShape, 3),
      callbacks,
    })
  } finally {
    model.dispose()
  }
}
