import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Program } from '../../engines/engine.ts'
import type { Loss } from '../../losses/loss.ts'
import { allClose } from '../all-close.ts'
import type { Check } from '../bench.ts'
import { checkDerivatives } from '../derivatives.ts'
import { type MadeOutcome, makeOutcome, outcomeTensors, rowsOf } from '../outcomes.ts'
import { runProgram } from '../run-program.ts'
import { withoutLeaks } from '../without-leaks.ts'
import { engines } from './engines-at-hand.ts'

const BATCH = 6

/** What every loss must keep. */
export const lossChecks: readonly Check<'loss'>[] = [
  {
    name: 'gives one finite number per sample and leaves no tensors',
    async run({ create, example }) {
      for (const batch of [1, BATCH]) {
        await withoutLeaks(() =>
          tf.tidy(() => {
            const losses = create().perSample(outcomeTensors(makeOutcome(example, batch)))
            assert.deepEqual(losses.shape, [batch])
            assert.equal(losses.dtype, 'float32')
            assert.ok(losses.dataSync().every(Number.isFinite))
          }),
        )
      }
    },
  },
  {
    name: 'does not let samples look at one another',
    run({ create, example }) {
      const loss = create()
      const made = makeOutcome(example, BATCH)
      const alone = Array.from({ length: BATCH }, (_, row) =>
        valuesOf(loss, rowsOf(made, row, row + 1)),
      )
      allClose(valuesOf(loss, made), alone.flat())
    },
  },
  {
    name: 'is finite however sure and wrong the output is',
    run({ create, example }) {
      const made = makeOutcome(example, BATCH)
      const sure = made.predictions.map((_, i) => (i % 7 === 6 ? 1 : 0))
      const values = valuesOf(create(), { ...made, predictions: sure })
      assert.ok(values.every(Number.isFinite), `got ${values}`)
    },
  },
  {
    name: 'has the derivatives of central differences',
    async run({ create, example }) {
      const loss = create()
      const { labels, predictions } = outcomeTensors(makeOutcome(example, BATCH))
      const variable = tf.variable(predictions)
      try {
        await checkDerivatives({
          variables: { output: variable },
          run: () => loss.perSample({ labels, predictions: variable }),
        })
      } finally {
        tf.dispose([labels, predictions, variable])
      }
    },
  },
  {
    name: 'is the same with each engine',
    async run({ create, example, registry }) {
      const loss = create()
      const made = makeOutcome(example, BATCH)
      const program: Program = {
        name: 'loss',
        inputs: () => made.specs,
        run: ({ labels, predictions }) => ({
          loss: loss.perSample({ labels: labels!, predictions: predictions! }),
        }),
      }
      const { labels, predictions } = made
      for (const engine of engines(registry)) {
        const found = await runProgram(engine, program, BATCH, { labels, predictions })
        allClose(found.loss as Float32Array, valuesOf(loss, made))
      }
    },
  },
]

function valuesOf(loss: Loss, made: MadeOutcome): number[] {
  return tf.tidy(() => [...loss.perSample(outcomeTensors(made)).dataSync()])
}
