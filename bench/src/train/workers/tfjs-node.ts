// Measures TensorFlow.js on its native backend, as its users have it: a layers model, `trainOnBatch` and `predict`.

import { loadTensorflow } from '@ashlar/native'
import * as tf from '@tensorflow/tfjs'
import { peakMemory } from '../../harness/memory.ts'
import { type Measured, type MeasureRequest, repeat } from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import { bindingOptions } from '../binding.ts'
import type { Prepared, PrepareRequest } from '../protocol.ts'
import type { Work } from '../work.ts'
import { firstImages, samplesFrom } from './samples.ts'

type Measure = (request: MeasureRequest) => Promise<Measured>

let measure: Measure

await serveRequests({
  async prepare(request: PrepareRequest): Promise<Prepared> {
    // Read by TensorFlow when it is loaded.
    process.env.TF_NUM_INTRAOP_THREADS = String(request.threads)
    process.env.TF_NUM_INTEROP_THREADS = '1'
    process.env.TF_CPP_MIN_LOG_LEVEL = '2'
    const { version } = await loadTensorflow(bindingOptions(process.argv[2]))
    await tf.setBackend('tensorflow')
    const model = networkOf(request.work.model)
    measure = request.work.mode === 'training' ? train(model, request) : infer(model, request)
    await measure({ seconds: 0 })
    return { version: `tfjs ${tf.version['tfjs-core']}, tensorflow ${version}` }
  },
  measure: (request: MeasureRequest) => measure(request),
  memory: () => ({ peak: peakMemory() }),
})

function train(model: tf.LayersModel, { work, data }: PrepareRequest): Measure {
  const isLogits = work.model === 'resnet18'
  model.compile({
    optimizer: tf.train.adam(1e-3),
    // tfjs has no sparse loss from logits.
    loss: isLogits
      ? (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits)
      : 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  const { inputs, labels, length } = samplesFrom(data)
  const { batch } = work
  const order = tf.util.createShuffledIndices(length)
  let at = 0
  return (request) =>
    repeat(request, async () => {
      const images = new Float32Array(batch * 784)
      const classes = new Float32Array(batch)
      for (let row = 0; row < batch; row++) {
        const sample = order[(at + row) % length]!
        for (let pixel = 0; pixel < 784; pixel++) {
          images[row * 784 + pixel] = inputs[sample * 784 + pixel]! / 255
        }
        classes[row] = labels[sample]!
      }
      at = (at + batch) % length
      const x = tf.tensor4d(images, [batch, 28, 28, 1])
      const y = isLogits
        ? tf.oneHot(tf.tensor1d(Int32Array.from(classes), 'int32'), 10)
        : tf.tensor2d(classes, [batch, 1])
      await model.trainOnBatch(x, y)
      tf.dispose([x, y])
      return batch
    })
}

function infer(model: tf.LayersModel, { work, data }: PrepareRequest): Measure {
  const x = tf.tensor4d(firstImages(data, work.batch), [work.batch, 28, 28, 1])
  return (request) =>
    repeat(request, async () => {
      const y = model.predict(x, { batchSize: work.batch }) as tf.Tensor
      await y.data()
      y.dispose()
      return work.batch
    })
}

function networkOf(name: Work['model']): tf.LayersModel {
  const { layers } = tf
  type X = tf.SymbolicTensor
  const then = (layer: tf.layers.Layer, x: X | X[]) => layer.apply(x) as X
  const relu = (x: X) => then(layers.activation({ activation: 'relu' }), x)
  const conv = (x: X, filters: number, kernelSize: number, strides = 1) => {
    const y = then(layers.conv2d({ filters, kernelSize, strides, padding: 'same' }), x)
    return then(layers.batchNormalization(), y)
  }
  const block = (x: X, filters: number, strides = 1) => {
    const y = conv(relu(conv(x, filters, 3, strides)), filters, 3)
    const shortcut = strides === 1 ? x : conv(x, filters, 1, strides)
    return relu(then(layers.add(), [y, shortcut]))
  }
  const isMini = name === 'mini-resnet'
  const images = tf.input({ shape: [28, 28, 1] })
  let x = relu(conv(images, 64, 7, isMini ? 1 : 2))
  x = then(
    isMini
      ? layers.maxPooling2d({ poolSize: 3 })
      : layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    x,
  )
  x = block(block(x, 64), 64)
  for (const filters of isMini ? [] : [128, 256, 512]) x = block(block(x, filters, 2), filters)
  x = then(layers.globalAveragePooling2d({}), x)
  x = then(layers.dense({ units: 10, activation: isMini ? 'softmax' : 'linear' }), x)
  return tf.model({ inputs: images, outputs: x })
}
