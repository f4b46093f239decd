import { sampled } from '@ashlar/test-support'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { anyPlan } from '../support/random-models.ts'
import { trainAndExport } from '../support/train-and-export.ts'

/** How many networks, in parts of 25, of which a sample takes some; ASHLAR_RANDOM_MODELS=2000 searches further. */
const RUNS = Number(process.env.ASHLAR_RANDOM_MODELS ?? 200)

const SEED = Number(process.env.ASHLAR_RANDOM_SEED ?? 20261124)

const test = suite('random networks')

const PART = 25

const some = sampled(4, test)

for (let at = 0; at < RUNS; at += PART) {
  const numRuns = Math.min(PART, RUNS - at)
  some(`networks ${at} to ${at + numRuns - 1} train a step, export and verify`, async () => {
    let layers = 0
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        const { verification, file } = await trainAndExport(plan)
        assert.ok(verification.passed)
        layers += file.nodes
      }),
      { numRuns, seed: SEED + at },
    )
    assert.ok(layers > numRuns)
  })
}

test.run()
