import { type Dataset, foldRows, targetScaleOf } from '@ashlar/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { trainedOnFold } from '../../src/experiment/trained-on-fold.ts'

const test = suite('what the model of a fold is told')

const ALL = { mean: [500], std: [300] }

const prices = (labels: Float32Array, isTold = true): Dataset => {
  const info = {
    ...{ name: 'prices', inputShape: [1], labelShape: [], inputDtype: 'float32' as const },
    ...{ inputRange: [0, 1] as const, classes: [], targets: ['price'], licence: '', source: '' },
    ...(isTold && { targetScale: ALL }),
  }
  const split = { inputs: new Float32Array(labels.length), labels, length: labels.length }
  return {
    info,
    load: () => Promise.resolve({ train: split, test: split, digest: 'sha256:prices' }),
  }
}

const fold = { count: 3, index: 1, stratify: true }

test('where the numbers lie that it is trained on, whatever those are that it is validated with', async () => {
  // Whole numbers would be dealt by their classes.
  const labels = Float32Array.from({ length: 30 }, (_, row) => 1000.5 + 7 * row)
  const dataset = prices(labels)
  const { train } = await dataset.load()
  const rows = foldRows({ ...train, info: dataset.info }, { ...fold, seed: 5 }, 1)
  const told = await trainedOnFold({ fold, seed: 5 }, dataset)
  assert.equal(told, { targetScale: targetScaleOf([...rows.train].map((row) => labels[row]!)) })
  const changed = labels.slice()
  for (const row of rows.validation) changed[row] = 1e6 + 0.5
  assert.equal(await trainedOnFold({ fold, seed: 5 }, prices(changed)), told)
})

test('what the dataset says where all of it is trained on, or nothing follows from it', async () => {
  const labels = Float32Array.from({ length: 30 }, (_, row) => 1000.5 + 7 * row)
  const all = { ...fold, index: 'all' as const }
  assert.is(await trainedOnFold({ seed: 5 }, prices(labels)), undefined)
  assert.is(await trainedOnFold({ fold: all, seed: 5 }, prices(labels)), undefined)
  assert.is(await trainedOnFold({ fold, seed: 5 }, prices(labels, false)), undefined)
})

test.run()
