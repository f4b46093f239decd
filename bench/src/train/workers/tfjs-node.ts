// Measures TensorFlow.js on its native backend, as its users have it: a layers model, `trainOnBatch` and `predict`.

import { loadTensorflow } from '@ashlar/native'
import * as tf from '@tensorflow/tfjs'
import { peakMemory } from '../../harness/memory.ts'
import {
  type Measured,
  type MeasureRequest,
  processorSeconds,
  repeat,
} from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import { bindingOptions } from '../binding.ts'
import type { Details, Prepared, PrepareRequest } from '../protocol.ts'
import { declarationOf } from '../works/index.ts'
import { firstInputs, samplesFrom } from './samples.ts'

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
    const model = declarationOf(request.work.network).layersModel!()
    measure = request.work.mode === 'training' ? train(model, request) : infer(model, request)
    await measure({ seconds: 0 })
    return {
      version: `tfjs ${tf.version['tfjs-core']}, tensorflow ${version}`,
      processor: processorSeconds(),
    }
  },
  measure: (request: MeasureRequest) => measure(request),
  details: (): Details => ({}),
  memory: () => ({ peak: peakMemory() }),
})

function train(model: tf.LayersModel, { work, data }: PrepareRequest): Measure {
  const isLogits = work.fromLogits
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
  const x = tf.tensor4d(firstInputs(data, work.batch), [work.batch, 28, 28, 1])
  return (request) =>
    repeat(request, async () => {
      const y = model.predict(x, { batchSize: work.batch }) as tf.Tensor
      await y.data()
      y.dispose()
      return work.batch
    })
}
