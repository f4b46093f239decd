import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('layers')

test('every layer of tfjs is there', () => {
  // Classes, a function that makes no layer, and second names of factories.
  const left = new Set(['Layer', 'RNN', 'RNNCell', 'input', 'inputLayer'])
  const aliases = /^(avgPool|avgPooling|maxPool|globalMaxPool)\dd$/
  const missing = Object.keys(tf.layers).filter(
    (name) => !left.has(name) && !aliases.test(name) && !(name in layers),
  )
  assert.equal(missing, [])
})

test("kernels are drawn from Glorot's uniform distribution, as in Keras", () => {
  const made = [
    layers.dense({ units: 40 }),
    layers.conv1d({ filters: 8, kernelSize: 3 }),
    layers.conv2d({ filters: 8, kernelSize: 3 }),
    layers.conv2dTranspose({ filters: 8, kernelSize: 3 }),
    layers.lstmCell({ units: 4 }),
    layers.convLstm2dCell({ filters: 4, kernelSize: 3 }),
    layers.depthwiseConv2d({ kernelSize: 3 }),
  ]
  for (const layer of made) {
    const { kernelInitializer, depthwiseInitializer } = layer.getConfig() as Record<
      string,
      { config: { distribution: string; mode: string; scale: number } }
    >
    const { config } = depthwiseInitializer ?? kernelInitializer!
    assert.is(config.distribution, 'uniform', layer.getClassName())
    assert.is(config.mode, 'fanAvg')
    assert.is(config.scale, 1)
  }
})

test('an initializer that is asked for stays', () => {
  const layer = layers.dense({ units: 40, kernelInitializer: 'glorotNormal' })
  const { kernelInitializer } = layer.getConfig() as { kernelInitializer: { config: object } }
  assert.is((kernelInitializer.config as { distribution: string }).distribution, 'normal')
  const undefinedIsDefault = layers.dense({ units: 40, kernelInitializer: undefined as never })
  assert.match(JSON.stringify(undefinedIsDefault.getConfig()), '"distribution":"uniform"')
})

test('softmax works on the last axis', () => {
  tf.tidy(() => {
    const x = tf.zeros([1, 2, 4])
    allClose(layers.softmax().apply(x).dataSync(), Array(8).fill(0.25))
  })
})

test("batch norm has Keras's defaults", () => {
  const { momentum, epsilon } = layers.batchNormalization().getConfig()
  assert.is(momentum, 0.99)
  assert.is(epsilon, 1e-3)
})

test('pooling needs no arguments where Keras needs none', () => {
  tf.tidy(() => {
    const x = tf.ones([1, 4, 4, 2])
    assert.equal(layers.maxPooling2d().apply(x).shape, [1, 2, 2, 2])
    assert.equal(layers.averagePooling2d().apply(x).shape, [1, 2, 2, 2])
    assert.equal(layers.globalAveragePooling2d().apply(x).shape, [1, 2])
    assert.equal(layers.globalMaxPooling2d().apply(x).shape, [1, 2])
  })
})

test.run()
