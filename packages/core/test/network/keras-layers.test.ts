import { readFile } from 'node:fs/promises'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { asModel, layers, samplesOf, sgd } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

await tf.setBackend('cpu')

interface Numbers {
  readonly shape: number[]
  readonly data: number[]
}

/** What Keras 3 computes of a dense layer and the layer behind it, see fixtures/keras_layers.py. */
interface Case {
  readonly weights: readonly (Numbers & { readonly name: string })[]
  readonly x: Numbers
  readonly y: Numbers
  readonly target: number[]
  /** The weights after a step of gradient descent at a rate of 0.5 on the mean squared error. */
  readonly trained: readonly (readonly number[])[]
}

const fixture = new URL('../fixtures/keras-layers.json', import.meta.url)
const cases: Readonly<Record<string, Case>> = JSON.parse(await readFile(fixture, 'utf8'))

/** tfjs's names of activations where they are others. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  log_softmax: 'logSoftmax',
}

const made: Readonly<Record<string, () => tf.layers.Layer>> = {
  'conv1d causal': () => layers.conv1d({ filters: 3, kernelSize: 3, padding: 'causal' }),
  'conv1d causal, dilated': () =>
    layers.conv1d({
      filters: 3,
      kernelSize: 2,
      padding: 'causal',
      dilationRate: 2,
      activation: 'tanh',
    }),
  'conv1d causal, strided': () =>
    layers.conv1d({ filters: 3, kernelSize: 3, padding: 'causal', strides: 2, useBias: false }),
  'conv1d causal, longer than the sequence': () =>
    layers.conv1d({ filters: 2, kernelSize: 7, padding: 'causal', activation: 'relu' }),
  'conv1d same': () => layers.conv1d({ filters: 3, kernelSize: 4, padding: 'same' }),
  'conv1d dilated': () => layers.conv1d({ filters: 3, kernelSize: 2, dilationRate: 3 }),
  conv2d: () => layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
  'conv2d strided': () =>
    layers.conv2d({ filters: 4, kernelSize: [2, 3], strides: 2, padding: 'same' }),
  'conv2d dilated': () => layers.conv2d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  conv2dTranspose: () =>
    layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  'conv2dTranspose valid': () =>
    layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, activation: 'sigmoid' }),
  conv3d: () => layers.conv3d({ filters: 2, kernelSize: 2, padding: 'same' }),
  conv3dTranspose: () => layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
  depthwiseConv2d: () =>
    layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2 }),
  'depthwiseConv2d strided': () => layers.depthwiseConv2d({ kernelSize: 2, strides: 2 }),
  separableConv2d: () => layers.separableConv2d({ filters: 4, kernelSize: 2, depthMultiplier: 2 }),
  'batchNormalization of vectors': () => layers.batchNormalization(),
  'batchNormalization of images': () => layers.batchNormalization({ momentum: 0.7, epsilon: 0.01 }),
  'batchNormalization of axis 1': () => layers.batchNormalization({ axis: 1 }),
  'batchNormalization of volumes': () => layers.batchNormalization(),
  'batchNormalization of axis 1 of volumes': () =>
    layers.batchNormalization({ axis: 1, scale: false }),
  'batchNormalization without center': () => layers.batchNormalization({ center: false }),
  layerNormalization: () => layers.layerNormalization(),
  'layerNormalization of vectors': () => layers.layerNormalization({ epsilon: 0.1 }),
  'layerNormalization without scale': () => layers.layerNormalization({ scale: false }),
  'layerNormalization without center': () => layers.layerNormalization({ center: false }),
  'layerNormalization without both': () =>
    layers.layerNormalization({ center: false, scale: false }),
  'layerNormalization of axis 1': () => layers.layerNormalization({ axis: 1 }),
  'layerNormalization of two axes': () => layers.layerNormalization({ axis: [1, 3] }),
  softmax: () => layers.softmax(),
  'softmax of axis 1': () => layers.softmax({ axis: 1 }),
  'softmax of axis -2': () => layers.softmax({ axis: -2 }),
  'softmax of two axes': () => layers.softmax({ axis: [1, 2] }),
  elu: () => layers.elu(),
  'elu of another alpha': () => layers.elu({ alpha: 0.3 }),
  reLU: () => layers.reLU(),
  'reLU with a bound': () => layers.reLU({ maxValue: 0.6 }),
  leakyReLU: () => layers.leakyReLU({ alpha: 0.2 }),
  prelu: () => layers.prelu({ sharedAxes: [1, 2] }),
  averagePooling1d: () => layers.averagePooling1d({ poolSize: 2 }),
  averagePooling2d: () =>
    layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' } as never),
  averagePooling3d: () => layers.averagePooling3d({ poolSize: 2 } as never),
  maxPooling1d: () => layers.maxPooling1d({ poolSize: 3, strides: 1, padding: 'same' }),
  maxPooling2d: () => layers.maxPooling2d({ poolSize: 2 }),
  maxPooling3d: () => layers.maxPooling3d({ poolSize: 2 } as never),
  globalAveragePooling1d: () => layers.globalAveragePooling1d(),
  globalAveragePooling2d: () => layers.globalAveragePooling2d(),
  globalMaxPooling1d: () => layers.globalMaxPooling1d(),
  globalMaxPooling2d: () => layers.globalMaxPooling2d(),
  flatten: () => layers.flatten(),
  repeatVector: () => layers.repeatVector({ n: 3 }),
  reshape: () => layers.reshape({ targetShape: [3, null] }),
  permute: () => layers.permute({ dims: [3, 1, 2] }),
  upSampling2d: () => layers.upSampling2d({ size: [2, 3] }),
  zeroPadding2d: () =>
    layers.zeroPadding2d({
      padding: [
        [1, 0],
        [2, 1],
      ],
    }),
  cropping2D: () =>
    layers.cropping2D({
      cropping: [
        [1, 0],
        [1, 1],
      ],
    }),
  rescaling: () => layers.rescaling({ scale: 0.5, offset: 1.5 }),
  timeDistributed: () =>
    layers.timeDistributed({ layer: layers.dense({ units: 3, activation: 'tanh' }) }),
  'dense with named regularizers': () =>
    layers.dense({ units: 3, kernelRegularizer: 'l2', biasRegularizer: 'l1' } as never),
}

const { test, slow } = tieredSuite("layers learn what Keras's learn")

const activations = Object.keys(cases).filter((name) => name.startsWith('activation '))

test('each case of the fixture is tried', () => {
  const rest = Object.keys(cases).filter((name) => !activations.includes(name))
  assert.equal(Object.keys(made).sort(), rest.sort())
})

function maker(name: string): () => tf.layers.Layer {
  if (!activations.includes(name)) return made[name]!
  const given = name.slice('activation '.length)
  return () => layers.activation({ activation: (ACTIVATIONS[given] ?? given) as 'relu' })
}

/** tfjs lists what is trained first, Keras what was made first. */
function inOrder(network: tf.LayersModel): tf.LayerVariable[] {
  const kind = (weight: tf.LayerVariable) => weight.originalName.split('/').at(-1)!
  return network.layers.flatMap((layer) =>
    layer.weights.toSorted(
      (a, b) => Number(kind(a).startsWith('moving')) - Number(kind(b).startsWith('moving')),
    ),
  )
}

/** Each is compiled, which takes a while. */
const some = oneIn(8, { test, slow })
for (const [name, { weights, x, y, target, trained }] of Object.entries(cases)) {
  const withWeights = () => {
    const inputShape = x.shape.slice(1)
    const dense = layers.dense({ units: inputShape.at(-1)!, inputShape })
    const network = tf.sequential({ layers: [dense, maker(name)()] })
    for (const [index, weight] of inOrder(network).entries()) {
      const { shape, data } = weights[index]!
      assert.equal(weight.shape, shape, weight.originalName)
      weight.write(tf.tensor(data, shape))
    }
    return network
  }

  for (const engine of ['tfjs', 'onnxruntime'] as const) {
    const declare = engine === 'tfjs' ? test : some
    declare(`${name}, on ${engine}`, async () => {
      const network = withWeights()
      const model = asModel(network)
      const data = await samplesOf(tf.tensor(x.data, x.shape), tf.tensor(target, y.shape))
      const { data: output } = await model.predict(data, { engine })
      allClose([...output], y.data, { absolute: 5e-6 })
      model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'mean-squared-error' })
      await model.fit(data, { epochs: 1, batchSize: x.shape[0], engine, shuffle: false })
      for (const [index, weight] of inOrder(network).entries()) {
        allClose([...weight.read().dataSync()], [...trained[index]!], { absolute: 1e-5 })
      }
    })
  }
}

test.run()
