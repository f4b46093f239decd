import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { scanModel } from '../../src/inspect/scan.ts'

const test = suite('scanModel')

test('sizes of every input, 0 for one that varies', async () => {
  const inputs = { photo: { shape: [null, 8, 6, 3] }, cells: { shape: [2, 4] } }
  const both = (photo: tf.Tensor, cells: tf.Tensor) => tf.add(tf.sum(photo), tf.sum(cells))
  const { bytes } = await exportOnnx(both, { inputs })
  const { inputs: names, shapes } = scanModel(bytes)
  assert.equal([...names].sort(), ['cells', 'photo'])
  assert.equal(shapes.get('photo'), [0, 8, 6, 3])
  assert.equal(shapes.get('cells'), [2, 4])
})

test.run()
