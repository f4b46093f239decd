import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../src/index.ts'
import { BATCH_KEY } from '../src/inspect/inspect.ts'
import { scanModel } from '../src/inspect/scan.ts'

const test = suite('what a file says of its batch')

const declared = (bytes: Uint8Array) => scanModel(bytes).metadata.get(BATCH_KEY)

test('models declare one: samples do not see each other', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })
  assert.is(declared((await exportOnnx(model)).bytes), '0')
  const fixed = tf.sequential({ layers: [tf.layers.dense({ units: 2, batchInputShape: [4, 3] })] })
  assert.is(declared((await exportOnnx(fixed)).bytes), undefined)
})

test('functions do not: their first size may be time', async () => {
  const inputs = { x: { shape: [null, 4] } }
  const { bytes } = await exportOnnx((x) => tf.cumsum(x, 0), { inputs })
  assert.is(declared(bytes), undefined)
})

test.run()
