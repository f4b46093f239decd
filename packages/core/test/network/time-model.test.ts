import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, layerTime, Model, timeModel } from '../../src/index.ts'
import { MiniResNet } from '../support/lesson.ts'

const test = suite('time of layers')

test('blocks have the time of their layers, folded layers none', async () => {
  const model = new MiniResNet(10)
  const times = (await timeModel(model, { inputShape: [null, 28, 28, 1], batchSize: 2 }))!
  const of = (path: string) => layerTime(times, path)
  assert.ok(times.milliseconds > 0)
  assert.ok(of('stem')! > 0)
  assert.is(of('blocks.0'), of('blocks.0.conv1')! + of('blocks.0.conv2')!)
  assert.is(of('blocks.0.norm1'), undefined)
  assert.is(of('nothing'), undefined)
  model.dispose()
})

test('inputs of yes and no are fed as such', async () => {
  class Kept extends Model {
    dense = layers.dense({ units: 3 })
    override call({ x, counts }: { x: tf.Tensor; counts: tf.Tensor }): tf.Tensor {
      return this.dense.apply(tf.where(counts, x, tf.zerosLike(x)))
    }
  }
  const model = new Kept()
  model.build({ x: { shape: [null, 4] }, counts: { shape: [null, 4], dtype: 'bool' } })
  assert.ok((await timeModel(model as never))!.milliseconds > 0)
  model.dispose()
})

test('undefined for a model without a meaning in ONNX; needs a shape', async () => {
  class Reader extends Model {
    dense = layers.dense({ units: 3 })
    override call(x: tf.Tensor): tf.Tensor {
      const y = this.dense.apply(x)
      y.dataSync()
      return y
    }
  }
  assert.is(await timeModel(new Reader(), { inputShape: [null, 4] }), undefined)
  assert.match(await refusal(() => timeModel(new Reader())), 'the model must be built')
})

test.run()
