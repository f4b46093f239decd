import { oneIn, tieredSuite } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import {
  type ArraySamples,
  adam,
  adamw,
  binaryCrossentropy,
  categoricalCrossentropy,
  type FitOptions,
  huber,
  type Loss,
  layers,
  Model,
  meanAbsoluteError,
  meanSquaredError,
  type Optimizer,
  onnxruntimeEngine,
  rmsprop,
  sgd,
  sparseCategoricalCrossentropy,
  tfjsEngine,
} from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { IdentityBlock } from '../support/lesson.ts'
import { points, stripes } from '../support/points.ts'
import { TinyClassifier } from '../support/tiny-models.ts'
import { gradientsBy, sameWithin, updatesBy } from './differential.ts'

const { test, slow } = tieredSuite('engines against each other')

async function compareGradients(model: Model, loss: Loss, samples: ArraySamples): Promise<void> {
  model.build([null, ...samples.info.inputShape])
  const compiled = compileTraining({ optimizer: 'sgd', loss })
  const expected = await gradientsBy(tfjsEngine(), model, compiled, samples)
  const actual = await gradientsBy(onnxruntimeEngine(), model, compiled, samples)
  sameWithin(actual, expected)
  assert.ok(expected.loss![0]! > 0)
  model.dispose()
}

/** The same samples with one-hot labels. */
function oneHot(samples: ArraySamples, classes: number): ArraySamples {
  const labels = new Float32Array(samples.length * classes)
  for (const [row, label] of samples.labels.entries()) labels[row * classes + label] = 1
  return { ...samples, labels, info: { ...samples.info, labelShape: [classes] } }
}

test('sparse cross-entropy of a softmax', () =>
  compareGradients(new TinyClassifier(3), sparseCategoricalCrossentropy(), points(7)))

test('cross-entropy of a softmax', () =>
  compareGradients(new TinyClassifier(3), categoricalCrossentropy(), oneHot(points(7), 3)))

test('mean squared error', () =>
  compareGradients(new TinyClassifier(3), meanSquaredError(), oneHot(points(7), 3)))

for (const loss of [
  binaryCrossentropy({ labelSmoothing: 0.1 }),
  meanAbsoluteError(),
  huber({ delta: 0.3 }),
  categoricalCrossentropy({ labelSmoothing: 0.1 }),
]) {
  slow(`${loss.name} of a softmax`, () =>
    compareGradients(new TinyClassifier(3), loss, oneHot(points(7), 3)),
  )
}

test('binary cross-entropy of logits', () =>
  compareGradients(new Logits(), binaryCrossentropy({ fromLogits: true }), oneHot(points(7), 3)))

class Logits extends Model {
  readonly head = layers.dense({ units: 3, kernelRegularizer: 'l1l2' })
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

test('sparse cross-entropy of logits, with a regularizer', () =>
  compareGradients(new Logits(), sparseCategoricalCrossentropy({ fromLogits: true }), points(7)))

class Probabilities extends Model {
  readonly head = layers.dense({ units: 3 })
  override call(x: Tensor): Tensor {
    return tf.softmax(this.head.apply(x))
  }
}

test('sparse cross-entropy of probabilities of unknown origin', () =>
  compareGradients(new Probabilities(), sparseCategoricalCrossentropy(), points(7)))

/** A small residual network: strides, a projection, both poolings. */
class SmallResNet extends Model {
  readonly stem = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same' })
  readonly norm = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly maxPool = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })
  readonly block = new IdentityBlock(8, 3)
  readonly narrow = layers.conv2d({ filters: 6, kernelSize: 1, strides: 2, padding: 'valid' })
  readonly pool = layers.globalAveragePooling2d()
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(inputs: Tensor): Tensor {
    let x = this.relu.apply(this.norm.apply(this.stem.apply(inputs)))
    x = this.block.apply(this.maxPool.apply(x))
    return this.head.apply(this.pool.apply(this.narrow.apply(x)))
  }
}

test('a residual network on bytes', () =>
  compareGradients(new SmallResNet(), sparseCategoricalCrossentropy(), stripes(5)))

const optimizers = {
  sgd: sgd(),
  'sgd with momentum': sgd({ momentum: 0.9 }),
  'sgd with Nesterov': sgd({ momentum: 0.9, nesterov: true }),
  adam: adam(),
  adamw: adamw({ decayed: 'all' }),
  rmsprop: rmsprop(),
  'rmsprop with momentum': rmsprop({ momentum: 0.5 }),
}

for (const [name, optimizer] of Object.entries(optimizers)) {
  test(`${name} makes the same updates of the same gradients`, async () => {
    const random = seedrandom.alea(name)
    const draw = () => Float32Array.from({ length: 33 }, () => random() * 4 - 2)
    const weight = draw()
    const gradients = [draw(), draw(), draw(), draw()]
    const expected = await updatesBy(tfjsEngine(), optimizer, weight, gradients)
    const actual = await updatesBy(onnxruntimeEngine(), optimizer, weight, gradients)
    assert.equal(Object.keys(actual), ['weight', ...optimizer.slots])
    sameWithin(actual, expected)
  })
}

for (const metric of ['accuracy', 'top-k']) {
  slow(`training with ${metric} gives the same history and weights`, async () => {
    const train = async (engine: string) => {
      const model = new TinyClassifier(3)
      model.compile({
        optimizer: 'sgd',
        loss: 'sparse-categorical-crossentropy',
        metrics: [metric],
      })
      const options = { epochs: 3, batchSize: 8, engine, validationData: points(5) }
      const { metrics } = await model.fit(points(20), options)
      const { data } = await model.predict(points(9), { batchSize: 4, engine })
      const evaluated = await model.evaluate(points(9), { batchSize: 4, engine })
      model.dispose()
      return { ...metrics, data, evaluated: Object.values(evaluated) }
    }
    sameWithin(await train('onnxruntime'), await train('tfjs'))
  })
}

/** Ways to train besides the plain one; each must train alike on both engines. */
const ways: Record<string, { optimizer?: Optimizer; options?: FitOptions }> = {
  'clipping by value': { optimizer: sgd({ learningRate: 0.1, clipValue: 0.01 }) },
  'clipping by norm': { optimizer: sgd({ learningRate: 0.1, clipNorm: 0.05 }) },
  'clipping by the global norm': { optimizer: sgd({ learningRate: 0.1, globalClipNorm: 0.1 }) },
  'weight decay of matrices': { optimizer: sgd({ learningRate: 0.1, weightDecay: 0.5 }) },
  'moving averages': { optimizer: sgd({ learningRate: 0.1, momentum: 0.9, average: 0.8 }) },
  'class weights': { options: { classWeights: [1, 0.5, 3] } },
  'balanced class weights': { options: { classWeights: 'balanced' } },
  'gradients of several batches': { options: { accumulate: 2 } },
}

const some = oneIn(8, { test, slow })
for (const [name, { optimizer, options }] of Object.entries(ways)) {
  some(`${name} trains to the same history and weights`, async () => {
    const train = async (engine: string) => {
      const model = new TinyClassifier(3)
      model.compile({
        optimizer: optimizer ?? sgd({ learningRate: 0.1 }),
        loss: 'sparse-categorical-crossentropy',
      })
      const data = points(20)
      const validationData = points(5)
      const { metrics } = await model.fit(data, {
        epochs: 3,
        batchSize: 8,
        engine,
        validationData,
        ...options,
      })
      const weights = model.namedWeights().map(({ name, variable }) => {
        return [name, variable.dataSync().slice()] as const
      })
      model.dispose()
      return { ...metrics, ...Object.fromEntries(weights) }
    }
    sameWithin(await train('onnxruntime'), await train('tfjs'))
  })
}

test.run()
