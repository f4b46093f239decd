import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allClose } from '../../src/testing/index.ts'
import { points } from '../support/points.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite('evaluate')
const engine = 'tfjs'

function compiled(): TinyClassifier {
  const model = new TinyClassifier(3)
  model.compile({
    optimizer: 'sgd',
    loss: 'sparse_categorical_crossentropy',
    metrics: ['accuracy'],
  })
  return model
}

test('is the mean over all samples, whatever the batch size', async () => {
  const model = compiled()
  const data = points(11)
  const { data: rows } = await model.predict(data, { engine })
  const losses = Array.from(data.labels, (label, row) => -Math.log(rows[row * 3 + label]!))
  const right = Array.from(data.labels, (label, row) => {
    const scores = rows.subarray(row * 3, row * 3 + 3)
    return Number(scores.indexOf(Math.max(...scores)) === label)
  })
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length
  for (const batchSize of [1, 4, 11, 256]) {
    const { loss, accuracy } = await model.evaluate(data, { batchSize, engine })
    allClose([loss!, accuracy!], [mean(losses), mean(right)])
  }
  model.dispose()
})

test('changes no weight', async () => {
  const model = compiled()
  model.build([null, 4])
  const numbers = () => model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
  const before = numbers()
  await model.evaluate(points(8), { engine })
  assert.equal(numbers(), before)
  model.dispose()
})

test('refuses a batch size that is none', async () => {
  const model = compiled()
  try {
    await model.evaluate(points(8), { batchSize: -1, engine })
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^evaluate: `batchSize` must be a positive integer, got -1$/,
    )
  }
})

test.run()
