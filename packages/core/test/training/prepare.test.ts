import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FitOptions, layers, Model } from '../../src/index.ts'
import { points, stripes } from '../support/points.ts'
import { compiledClassifier } from '../support/tiny-models.ts'

const test = suite('what fit refuses')
const engine = 'tfjs'

const refusals: [options: FitOptions, message: RegExp][] = [
  [{ epochs: 0 }, /^fit: `epochs` must be a positive integer, got 0$/],
  [{ batchSize: 2.5 }, /^fit: `batchSize` must be a positive integer, got 2\.5$/],
  [{ engine: 'tensorflow' }, /^engine: engine must be one of onnxruntime, tfjs, got "tensorflow"$/],
  [
    { callbacks: { onEpochEnd: () => undefined } as never },
    /^fit: `callbacks` must be a list of objects made by their factories, got \{\}$/,
  ],
  [{ augmentations: 'flip' as never }, /^fit: `augmentations` must be a list of .*, got "flip"$/],
  [{ validationSplit: 1.5 }, /^fit: `validationSplit` must be between 0 and 1/],
  [{ validationSplit: 0.01 }, /^fit: `validationSplit` must leave samples on both sides of 8/],
]

for (const [options, message] of refusals) {
  test(`refuses ${JSON.stringify(options)}`, async () => {
    const model = compiledClassifier()
    try {
      await model.fit(points(8), { engine, ...options })
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, message)
    }
    if (model.built) model.dispose()
  })
}

test('samples of another shape than the model was built with are refused', async () => {
  const model = compiledClassifier()
  model.build([null, 5])
  try {
    await model.fit(points(8), { engine })
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^TinyClassifier: samples must have the shape \[5\] that the model was built with, got \[4\]$/,
    )
  }
  model.dispose()
})

test('a dimension that the model was built without may be any', async () => {
  class Global extends Model {
    readonly pool = layers.globalAveragePooling2d()
    readonly head = layers.dense({ units: 3, activation: 'softmax' })
    override call(x: Tensor): Tensor {
      return this.head.apply(this.pool.apply(x))
    }
  }
  const model = new Global()
  model.build([null, null, null, 1])
  const { shape } = await model.predict(stripes(2), { engine })
  assert.equal(shape, [2, 3])
  model.dispose()
})

test('a model without trainable weights is refused', async () => {
  const model = compiledClassifier()
  model.build([null, 4])
  model.trainable = false
  try {
    await model.fit(points(8), { engine })
    assert.unreachable()
  } catch (error) {
    assert.match(
      (error as Error).message,
      /^TinyClassifier\.fit: the model must have at least one trainable weight, got "8 frozen weights"$/,
    )
  }
  model.dispose()
})

test.run()
