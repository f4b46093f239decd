import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as core from '../../src/index.ts'

const test = suite('options from code')

type Factory = (options?: unknown) => unknown

/** Everything that makes the product of a plugin, with options that it needs. */
const factories: Readonly<Record<string, readonly [Factory, object?]>> = {
  adam: [core.adam as Factory],
  adamw: [core.adamw as Factory],
  rmsprop: [core.rmsprop as Factory],
  sgd: [core.sgd as Factory],
  cosine: [core.cosineDecay as Factory, { initial: 1 }],
  'cosine-restarts': [core.cosineRestarts as Factory, { initial: 1, firstSteps: 2 }],
  step: [core.stepDecay as Factory, { initial: 1, every: 2 }],
  exponential: [core.exponentialDecay as Factory, { initial: 1 }],
  polynomial: [core.polynomialDecay as Factory, { initial: 1 }],
  'one-cycle': [core.oneCycle as Factory, { max: 1 }],
  piecewise: [core.piecewise as Factory, { boundaries: [1], rates: [1, 2] }],
  warmup: [core.warmup as Factory, { steps: 2, schedule: 1 }],
  auto: [core.autoLoss as Factory],
  'binary-crossentropy': [core.binaryCrossentropy as Factory],
  'categorical-crossentropy': [core.categoricalCrossentropy as Factory],
  'sparse-categorical-crossentropy': [core.sparseCategoricalCrossentropy as Factory],
  huber: [core.huber as Factory],
  focal: [core.focal as Factory],
  'binary-focal': [core.binaryFocal as Factory],
  dice: [core.dice as Factory],
  ctc: [core.ctc as Factory],
  'kl-divergence': [core.klDivergence as Factory],
  contrastive: [core.contrastive as Factory],
  'calibration-error': [core.calibrationError as Factory],
  'character-error-rate': [core.characterErrorRate as Factory],
  'top-k': [core.topK as Factory],
  precision: [core.precision as Factory],
  recall: [core.recall as Factory],
  f1: [core.f1 as Factory],
  'mean-iou': [core.meanIoU as Factory],
  'binary-accuracy': [core.binaryAccuracy as Factory],
  'early-stopping': [core.earlyStopping as Factory],
  'reduce-on-plateau': [core.reduceOnPlateau as Factory],
  'nan-guard': [core.nanGuard as Factory],
  'time-budget': [core.timeBudget as Factory, { minutes: 1 }],
  unfreeze: [core.unfreeze as Factory],
  checkpoint: [(options) => core.checkpoint('folder', options as object)],
  'best-weights': [(options) => core.bestWeights('folder', options as object)],
  mixup: [core.mixup as Factory],
  erase: [core.erase as Factory],
  shift: [core.shift as Factory],
  rotate: [core.rotate as Factory],
  flip: [core.flip as Factory],
  crop: [core.crop as Factory],
  'random-resized-crop': [core.randomResizedCrop as Factory],
  'color-jitter': [core.colorJitter as Factory],
  grayscale: [core.grayscale as Factory],
  blur: [core.blur as Factory],
  cutmix: [core.cutmix as Factory],
  'rand-augment': [core.randAugment as Factory],
  tfjs: [core.tfjsEngine as Factory],
  onnxruntime: [core.onnxruntimeEngine as Factory],
}

for (const [name, [make, needed = {}]] of Object.entries(factories)) {
  test(`${name} refuses what it does not know`, async () => {
    make(needed)
    const { options } = core.corePlugins.find((plugin) => plugin.name === name)!
    const [key] = Object.keys(options.shape) as [string]
    // A slip of the pen in a name that is there.
    const slip = `${key}s`
    assert.is(
      await refusal(() => make({ ...needed, [slip]: 1 })),
      `${name}: key must be one of ${Object.keys(options.shape).join(', ')}, got "${slip}"\n  Did you mean "${key}"?`,
    )
    assert.match(await refusal(() => make(0.001)), new RegExp(`^${name}: must be `))
  })
}

test('every factory of a plugin with options is among them', () => {
  const withOptions = core.corePlugins.filter(
    ({ options }) => Object.keys(options.shape).length > 0,
  )
  const others = withOptions.map(({ name }) => name).filter((name) => !(name in factories))
  // An optimizer, a path and a rate are arguments of their own.
  assert.equal(others.sort(), ['by-layer', 'constant', 'csv-log'])
})

test('values are those of an experiment', async () => {
  assert.is(
    await refusal(() => core.adam({ learningRate: -1 })),
    'adam.learningRate: must be a number >= 0 or a mapping with name, got -1',
  )
  assert.match(
    await refusal(() => core.binaryCrossentropy({ labelSmoothing: 2 })),
    /^binary-crossentropy\.labelSmoothing: must be .*, got 2$/,
  )
})

test('a schedule of a class of its own keeps its methods', () => {
  class Halving {
    readonly name = 'halving'
    at(step: number): number {
      return 0.5 ** step
    }
  }
  assert.is(core.sgd({ learningRate: new Halving() }).learningRate.at(3, 10), 0.125)
})

const UNKNOWN: Readonly<Record<string, readonly [Record<string, unknown>, RegExp]>> = {
  fit: [
    { batch_size: 32 },
    /^fit: option must be one of epochs, .*, got "batch_size"\n {2}Did you mean "batchSize"\?$/,
  ],
  evaluate: [
    { batchsize: 3 },
    /^evaluate: option must be one of batchSize, engine, seed, got "batchsize"\n {2}Did you mean "batchSize"\?$/,
  ],
  predict: [
    { verbose: 0 },
    /^predict: option must be one of batchSize, engine, seed, got "verbose"$/,
  ],
}

class Net extends core.Model {
  readonly dense = core.layers.dense({ units: 1 })
  override call(x: tf.Tensor): tf.Tensor {
    return this.dense.apply(x)
  }
}

test('fit, evaluate and predict refuse options that they do not know, and what is none', async () => {
  const model = new Net()
  model.compile({ optimizer: 'sgd', loss: 'mse' })
  const samples = await core.samplesOf(tf.tensor2d([[1], [2]]), tf.tensor1d([1, 2]))
  for (const [name, [options, message]] of Object.entries(UNKNOWN)) {
    const call = (given: unknown) =>
      (model as unknown as Record<string, (data: unknown, given: unknown) => Promise<unknown>>)[
        name
      ]!(samples, given)
    assert.match(await refusal(() => call(options)), message)
    assert.match(
      await refusal(() => call(tf.tensor1d([1]))),
      new RegExp(`^${name}: options must be an object, got float32 \\[1\\]\n {2}Its keys may be `),
    )
    assert.match(
      await refusal(() => call(32)),
      new RegExp(`^${name}: options must be an object, got 32`),
    )
  }
  assert.match(
    await refusal(() => model.fit(samples, { sampleWeight: [1, 2] } as object)),
    /^fit: option must be one of epochs, .*, got "sampleWeight"/,
  )
  model.dispose()
})

test.run()
