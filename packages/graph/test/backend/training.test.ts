import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { BACKEND, registerBackend } from '../../src/backend/index.ts'
import { closeTo } from '../support/close-to.ts'

const { test, slow } = tieredSuite('eager training on the tfjs backend onnxruntime')

test.after(() => tf.setBackend('cpu').then(() => undefined))

/** Losses and weights of a small network trained by tfjs-layers on a backend. */
async function train(backend: string): Promise<{ losses: number[]; weights: number[] }> {
  await tf.setBackend(backend)
  const init = (seed: number) => tf.initializers.glorotUniform({ seed })
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 4,
        kernelSize: 3,
        // Before a batch norm a bias has no gradient but noise, which Adam would scale up.
        useBias: false,
        kernelInitializer: init(1),
      }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: init(2) }),
    ],
  })
  const optimizer = tf.train.adam(0.01)
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  const x = tf.randomUniform([32, 8, 8, 1], 0, 1, 'float32', 3)
  const classes = Int32Array.from({ length: 32 }, (_, index) => index % 3)
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(classes, 'int32'), 3))
  const history = await model.fit(x, y, { epochs: 6, batchSize: 8, shuffle: false, verbose: 0 })
  const weights = model.getWeights().flatMap((weight) => [...weight.dataSync()])
  model.dispose()
  optimizer.dispose()
  tf.dispose([x, y])
  return { losses: history.history.loss as number[], weights }
}

test('follows the CPU backend', async () => {
  const reference = await train('cpu')
  registerBackend({ smallWork: 'onnxruntime' })
  const { losses, weights } = await train(BACKEND)
  closeTo(losses, reference.losses, 1e-4)
  closeTo(weights, reference.weights, 1e-3)
  assert.ok(losses.at(-1)! < losses[0]!, `${losses}`)
})

slow('leaves no tensors behind', async () => {
  registerBackend()
  await tf.setBackend(BACKEND)
  await train(BACKEND)
  const { numTensors } = tf.memory()
  await train(BACKEND)
  assert.is(tf.memory().numTensors, numTensors)
})

test.run()
