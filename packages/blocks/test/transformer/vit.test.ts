import { asModel, instantiate, withFacts } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { vit } from '../../src/index.ts'

const test = suite('a vision transformer')

const SMALL = { width: 4, heads: 2, hidden: 6, blocks: 1, patch: 4, numClasses: 3 }

const shapeFor = (options: object, ...sizes: readonly number[]) => {
  const model = asModel(instantiate(vit, { ...SMALL, ...options }))
  try {
    return tf.tidy(() => (model.apply(tf.ones([5, ...sizes, 3])) as tf.Tensor).shape)
  } finally {
    model.dispose()
  }
}

test('takes pictures of the size that the data says, and smaller ones', () => {
  for (const side of [8, 12, 48]) {
    const options = withFacts(vit.options, {}, { side })
    assert.equal(options, { size: side })
    assert.equal(shapeFor(options, side, side), [5, 3])
    assert.equal(shapeFor(options, side, 8), [5, 3])
  }
  assert.equal(shapeFor({}, 32, 32), [5, 3])
})

test('pictures that there are no places for are refused: they were made several samples of', async () => {
  assert.match(
    await refusal(async () => shapeFor({ size: 8 }, 16, 8)),
    /^vit\w*: pictures must be at most 8 x 8, for which there are places, got \[16, 8, 3\]\n {2}Leave out `size` of the model, which follows from the data, or set it to 16\.$/,
  )
})

test.run()
