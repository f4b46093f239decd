import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Program } from '../../engines/engine.ts'
import { accumulatorsOf, type Metric } from '../../metrics/metric.ts'
import { allClose } from '../all-close.ts'
import type { Check } from '../bench.ts'
import { type MadeOutcome, makeOutcome, outcomeTensors, rowsOf } from '../outcomes.ts'
import { runProgram } from '../run-program.ts'
import { withoutLeaks } from '../without-leaks.ts'
import { engines } from './engines-at-hand.ts'

const BATCH = 12

type Sums = Record<string, Float32Array>

/** What every metric must keep. */
export const metricChecks: readonly Check<'metric'>[] = [
  {
    name: 'adds to the accumulators that it declares and leaves no tensors',
    async run({ create, example }) {
      const metric = create()
      await withoutLeaks(() =>
        tf.tidy(() => {
          const outcome = outcomeTensors(makeOutcome(example, BATCH))
          const { predictions } = outcome
          const added = metric.add(outcome)
          const shapes = Object.entries(added).map(([name, { shape }]) => [name, shape])
          assert.deepEqual(
            Object.fromEntries(shapes),
            accumulatorsOf(metric, () => predictions.shape.slice(1)),
          )
          for (const tensor of Object.values(added)) assert.equal(tensor.dtype, 'float32')
        }),
      )
    },
  },
  {
    name: 'says the same of one batch as of its parts',
    run({ create, example }) {
      const metric = create()
      const made = makeOutcome(example, BATCH)
      const whole = metric.result(sumsOf(metric, made))
      assert.ok(Number.isFinite(whole), `got ${whole}`)
      for (const cut of [1, 5, 11]) {
        const parts = [rowsOf(made, 0, cut), rowsOf(made, cut, BATCH)]
        const [earlier, later] = parts as [MadeOutcome, MadeOutcome]
        const first = sumsOf(metric, earlier)
        const second = sumsOf(metric, later, first)
        const joined = Object.entries(first).map(([name, sums]) => [
          name,
          sums.map((value, i) => value + second[name]![i]!),
        ])
        allClose([metric.result(Object.fromEntries(joined))], [whole])
      }
    },
  },
  {
    name: 'is the same with each engine',
    async run({ create, example, registry }) {
      const metric = create()
      const made = makeOutcome(example, BATCH)
      const program: Program = {
        name: 'metric',
        inputs: () => made.specs,
        run: ({ labels, predictions }) => ({
          ...metric.add({ labels: labels!, predictions: predictions! }),
        }),
      }
      const { labels, predictions } = made
      const expected = sumsOf(metric, made)
      for (const engine of engines(registry)) {
        const found = await runProgram(engine, program, BATCH, { labels, predictions })
        for (const [name, sums] of Object.entries(expected)) {
          allClose(found[name] as Float32Array, sums)
        }
      }
    },
  },
]

/** @param before what was added before. */
function sumsOf(metric: Metric, made: MadeOutcome, before?: Sums): Sums {
  return tf.tidy(() => {
    const outcome = outcomeTensors(made)
    const shapes = accumulatorsOf(metric, () => outcome.predictions.shape.slice(1))
    const known = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        before === undefined ? tf.zeros([...shape]) : tf.tensor(before[name]!, [...shape]),
      ]),
    )
    const added = Object.entries(metric.add(outcome, known))
    return Object.fromEntries(
      added.map(([name, tensor]) => [name, tensor.dataSync().slice() as Float32Array]),
    )
  })
}
