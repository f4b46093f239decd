import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Dataset, loadSamples, samplesOf } from '../../src/index.ts'
import { withoutLeaks } from '../../src/testing/index.ts'

const test = suite('samples')

test('tensors are copied, with shapes of one sample', async () => {
  const x = tf.ones([3, 2, 2])
  const y = tf.tensor1d([0, 1, 2], 'int32')
  const samples = await withoutLeaks(() => samplesOf(x, y))
  assert.is(samples.length, 3)
  assert.equal(samples.inputs, new Float32Array(12).fill(1))
  assert.equal(samples.labels, Int32Array.of(0, 1, 2))
  assert.equal(samples.info.inputShape, [2, 2])
  assert.equal(samples.info.labelShape, [])
  tf.dispose([x, y])
})

test('inputs and labels must go together', async () => {
  const x = tf.ones([3, 2])
  const y = tf.ones([2])
  try {
    await samplesOf(x, y)
    assert.unreachable()
  } catch (error) {
    assert.is(
      (error as Error).message,
      'samplesOf: inputs and labels must have the same first dimension, at least 1, got {"inputs":[3,2],"labels":[2]}',
    )
  }
  tf.dispose([x, y])
})

test('the splits of a dataset know what they are', async () => {
  const info = {
    name: 'two',
    inputShape: [1],
    labelShape: [],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    classes: ['a', 'b'],
    licence: 'none',
    source: 'here',
  } as const
  const split = { inputs: Uint8Array.of(1, 2), labels: Uint8Array.of(0, 1), length: 2 }
  const dataset: Dataset = {
    info,
    load: () => Promise.resolve({ train: split, test: split, digest: 'sha256:0' }),
  }
  const samples = await loadSamples(dataset)
  assert.equal(samples, {
    train: { ...split, info },
    test: { ...split, info },
    digest: 'sha256:0',
  })
})

test.run()
