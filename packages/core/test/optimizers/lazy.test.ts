import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { adam, adamw, type Optimizer, rmsprop, sgd } from '../../src/index.ts'
import { sameWithin } from '../engines/differential.ts'
import { numbersOf } from '../support/tiny-models.ts'
import { texts, Words } from '../support/words.ts'

const { test, slow } = tieredSuite('lazy optimizers')

/** So many that a batch picks less than a third of them. */
const WORDS = 40

/** Texts of three words out of the first twenty; the first batch of four has those below ten, the second the others. */
const samples = texts((at) => (at < 12 ? at % 10 : 10 + ((7 * at) % 10)))

async function trained(optimizer: Optimizer, engine: string, epochs = 2) {
  const model = new Words(WORDS, 4)
  model.seed = 3
  model.build([null, 3])
  model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
  const before = numbersOf(model)
  const { metrics } = await model.fit(samples, { epochs, batchSize: 4, shuffle: false, engine })
  const numbers = numbersOf(model)
  model.dispose()
  return { before, numbers, metrics }
}

for (const [name, make, tier] of [
  ['adam', adam, test],
  ['adamw', adamw, slow],
  ['rmsprop', rmsprop, slow],
] as const) {
  tier(`${name} trains to the same weights on both engines`, async () => {
    const optimizer = make({ learningRate: 0.05, lazy: true })
    const [ours, theirs] = [
      await trained(optimizer, 'onnxruntime'),
      await trained(optimizer, 'tfjs'),
    ]
    sameWithin(
      { weights: ours.numbers, ...ours.metrics },
      { weights: theirs.numbers, ...theirs.metrics },
    )
  })
}

test('rows that no batch has had stay as they are, and a used one waits for the next batch that has it', async () => {
  const optimizer = (lazy: boolean) => sgd({ learningRate: 0.1, momentum: 0.9, lazy })
  const changed = ({ before, numbers }: Awaited<ReturnType<typeof trained>>) =>
    numbers.map((value, at) => value - before[at]!)
  const [once, lazily, densely] = [
    changed(await trained(sgd({ learningRate: 0.1 }), 'tfjs', 1)),
    changed(await trained(optimizer(true), 'onnxruntime', 1)),
    changed(await trained(optimizer(false), 'tfjs', 1)),
  ]
  const rows = (numbers: readonly number[], from: number, to: number) =>
    numbers.slice(4 * from, 4 * to).map((value) => Number(value.toFixed(6)))
  assert.equal(rows(lazily, 20, WORDS), Array(80).fill(0))
  // Of the first batch alone: momentum has nothing to add, where all rows go on by it.
  assert.equal(rows(lazily, 0, 10), rows(once, 0, 10))
  assert.not.equal(rows(densely, 0, 10), rows(once, 0, 10))
})

test('other weights are updated as a whole', () => {
  tf.tidy(() => {
    const value = tf.ones([2, 2])
    const gradient = tf.tensor2d([0, 0, 1, 0], [2, 2])
    const slots = { mean: tf.ones([2, 2]), variance: tf.ones([2, 2]) }
    const step = adam({ lazy: true }).step({ learningRate: tf.scalar(0.1), time: tf.scalar(1) })
    const whole = step({ name: 'kernel', value, gradient, slots }).value.dataSync()
    assert.ok(whole[0]! < 1)
    const next = step({ name: 'words', value, gradient, slots, isTable: true })
    assert.is(next.value.dataSync()[0], 1)
    assert.is(next.slots.mean!.dataSync()[1], 1)
    assert.ok(next.value.dataSync()[3]! < 1)
  })
})

test.run()
