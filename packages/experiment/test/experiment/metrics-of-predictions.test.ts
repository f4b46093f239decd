import {
  absoluteError,
  accuracy,
  auc,
  binaryCrossentropy,
  type Field,
  f1,
  infoOfFields,
  type LabelData,
  type Loss,
  type Metric,
  meanSquaredError,
  type OutputHead,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { metricsOfPredictions } from '../../src/index.ts'

const test = suite('loss and metrics of predictions')

const input: Field = { shape: [2, 2, 1], dtype: 'uint8' }
const label = (more: Partial<Field> = {}): Field => ({ shape: [], dtype: 'float32', ...more })
const head = (loss: Loss, metrics: Metric[] = [], name?: string, weight = 1): OutputHead => ({
  ...{ name, loss, weight, metrics },
})

/** What three samples come to. */
function measured(output: Field, labels: LabelData, shares: readonly number[], own: OutputHead) {
  const data = Float32Array.from(shares)
  const samples = { inputs: new Uint8Array(12), labels, length: 3 }
  const info = infoOfFields({ input, output })
  const shape = [3, data.length / 3]
  return metricsOfPredictions({ shape, data }, { ...samples, info }, [own])
}

const SHARES = [0.7, 0.2, 0.1, 0.3, 0.5, 0.2, 0.4, 0.35, 0.25]
const LABELS = Int32Array.of(0, 1, 2)
const EXPECTED = -(Math.log(0.7) + Math.log(0.5) + Math.log(0.25)) / 3

test('of classes: the loss reads probabilities, whatever it was told of the model', async () => {
  const three = label({ classes: ['a', 'b', 'c'] })
  for (const fromLogits of [undefined, false, true]) {
    const loss = sparseCategoricalCrossentropy({ fromLogits })
    const found = await measured(three, LABELS, SHARES, head(loss, [accuracy(), f1(), auc()]))
    assert.equal(Object.keys(found), ['loss', 'accuracy', 'f1', 'auc'])
    allClose([found.loss!, found.accuracy!], [EXPECTED, 2 / 3])
    assert.ok(found.auc! > 0.8 && found.f1! > 0.5)
  }
})

test('of one output for two classes', async () => {
  const two = label({ classes: ['no', 'yes'] })
  for (const fromLogits of [undefined, false, true]) {
    const own = head(binaryCrossentropy({ fromLogits }), [accuracy()])
    const found = await measured(two, Int32Array.of(1, 0, 1), [0.8, 0.4, 0.3], own)
    const expected = -(Math.log(0.8) + Math.log(0.6) + Math.log(0.3)) / 3
    allClose([found.loss!, found.accuracy!], [expected, 2 / 3])
  }
})

test('a share of 0 is no reason for a loss that is no number', async () => {
  const three = label({ classes: ['a', 'b', 'c'] })
  const loss = sparseCategoricalCrossentropy({ fromLogits: true })
  const found = await measured(three, LABELS, [0, 1, 0, 0, 1, 0, 0, 0, 1], head(loss))
  assert.ok(Number.isFinite(found.loss!))
})

test('of numbers', async () => {
  const own = head(meanSquaredError(), [absoluteError()])
  const found = await measured(label(), Float32Array.of(10, 20, 30), [11, 20, 28], own)
  allClose([found.loss!, found['mean-absolute-error']!], [5 / 3, 1])
})

test('of outputs by name, as the losses count', async () => {
  const outputs = { kind: label({ classes: ['a', 'b', 'c'] }), price: label() }
  const info = infoOfFields({ input, outputs })
  const labels = { kind: LABELS, price: Float32Array.of(10, 20, 30) }
  const kind = { shape: [3, 3], data: Float32Array.from(SHARES) }
  const price = { shape: [3, 1], data: Float32Array.of(11, 20, 28) }
  const heads = [
    head(sparseCategoricalCrossentropy({ fromLogits: true }), [accuracy()], 'kind'),
    head(meanSquaredError(), [], 'price', 0.5),
  ]
  const samples = { inputs: new Uint8Array(12), labels, length: 3, info }
  const found = await metricsOfPredictions({ ...kind, outputs: { kind, price } }, samples, heads)
  allClose(
    [found.loss!, found.kind_loss!, found.price_loss!, found.kind_accuracy!],
    [EXPECTED + 0.5 * (5 / 3), EXPECTED, 5 / 3, 2 / 3],
  )
  assert.is(
    await refusal(() => metricsOfPredictions({ ...kind, outputs: { kind } }, samples, heads)),
    'metricsOfPredictions: there must be labels and predictions for price, got "kind"',
  )
})

test.run()
