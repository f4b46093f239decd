import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { anyPlan } from '../support/random-models.ts'
import { trainAndExport } from '../support/train-and-export.ts'

/** How many networks; ASHLAR_RANDOM_MODELS=2000 searches further. */
const RUNS = Number(process.env.ASHLAR_RANDOM_MODELS ?? 200)

const SEED = Number(process.env.ASHLAR_RANDOM_SEED ?? 20261124)

const test = suite('random networks')

test(`${RUNS} networks train a step, export and verify`, async () => {
  let layers = 0
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      const { verification, file } = await trainAndExport(plan)
      assert.ok(verification.passed)
      layers += file.nodes
    }),
    { numRuns: RUNS, seed: SEED },
  )
  assert.ok(layers > RUNS)
})

test.run()
