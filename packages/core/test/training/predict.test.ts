import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model } from '../../src/index.ts'
import { allClose, withoutLeaks } from '../../src/testing/index.ts'
import { IdentityBlock } from '../support/lesson.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite('predict')
const engine = 'tfjs'

test('gives the output for each input, in order, whatever the batch size', async () => {
  const model = new TinyClassifier(3)
  model.build([null, 4])
  const x = tf.randomUniform([5, 4], -1, 1, 'float32', 1)
  const expected = tf.tidy(() => model.apply(x).dataSync())
  for (const batchSize of [1, 2, 5, 8]) {
    const { shape, data } = await withoutLeaks(() => model.predict(x, { batchSize, engine }))
    assert.equal(shape, [5, 3])
    allClose(data, expected)
  }
  x.dispose()
  model.dispose()
})

test('outputs of any rank keep their shape', async () => {
  const model = new IdentityBlock(2, 3)
  const x = tf.ones([3, 4, 5, 2])
  assert.equal((await model.predict(x, { batchSize: 2, engine })).shape, [3, 4, 5, 2])
  x.dispose()
  model.dispose()
})

test('a model of several outputs without names is refused', async () => {
  class Two extends Model {
    readonly head = layers.dense({ units: 2 })
    override call(x: Tensor): Tensor[] {
      return [this.head.apply(x), x]
    }
  }
  const model = new Two()
  const x = tf.ones([3, 4])
  try {
    await model.predict(x, { engine })
    assert.unreachable()
  } catch (error) {
    assert.is(
      (error as Error).message,
      'Two: a model of several outputs must give them by name: return { class, box }, got "2 outputs"',
    )
  }
  x.dispose()
  model.dispose()
})

test.run()
