import { oneIn, tieredSuite } from '@ashlar/test-support'
import { corePlugins } from '../src/index.ts'
import { testPlugins } from '../src/testing/index.ts'

const { test, slow } = tieredSuite('plugins of core')

// Each check of some of the plugins, and in the tier `slow` of all.

testPlugins(oneIn(9, { test, slow }), corePlugins, {
  schedule: {
    cosine: [{ options: { initial: 0.1 } }, { options: { initial: 0.1, alpha: 0.1, steps: 5 } }],
    warmup: { options: { steps: 4, schedule: { name: 'cosine', initial: 0.1 } } },
    step: { options: { initial: 0.1, every: 3 } },
    exponential: { options: { initial: 0.1 } },
    polynomial: { options: { initial: 0.1, power: 2 } },
    piecewise: { options: { boundaries: [2, 5], rates: [0.1, 0.01, 0.001] } },
    'cosine-restarts': { options: { initial: 0.1, firstSteps: 3 } },
    'one-cycle': { options: { max: 0.1 } },
  },
  optimizer: {
    sgd: [
      {},
      { options: { momentum: 0.9, nesterov: true } },
      { options: { weightDecay: 0.1, decayed: 'all' } },
    ],
    rmsprop: [{}, { options: { momentum: 0.9 } }, { options: { lazy: true } }],
  },
  loss: {
    auto: [{ labels: 'indices' }, { labels: 'targets' }],
    'sparse-categorical-crossentropy': [
      { labels: 'indices' },
      { labels: 'indices', outputs: 'numbers', options: { fromLogits: true } },
    ],
    'categorical-crossentropy': [
      { labels: 'one-hot' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true } },
    ],
    'binary-crossentropy': [
      { labels: 'one-hot' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true } },
    ],
    'mean-squared-error': { labels: 'targets' },
    'mean-absolute-error': { labels: 'targets' },
    huber: { labels: 'targets', options: { delta: 0.7 } },
    focal: [
      { labels: 'indices' },
      { labels: 'indices', outputs: 'numbers', options: { fromLogits: true, gamma: 1.5 } },
    ],
    'binary-focal': [
      { labels: 'one-hot' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true, gamma: 1 } },
    ],
    ctc: [
      { labels: 'sequence' },
      { labels: 'sequence', outputs: 'numbers', options: { fromLogits: true } },
    ],
    dice: [
      { labels: 'indices' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true, crossEntropy: 0.5 } },
    ],
    'kl-divergence': [
      { labels: 'one-hot' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true } },
    ],
    hinge: { labels: 'one-hot', outputs: 'numbers' },
    'categorical-hinge': { labels: 'indices', outputs: 'numbers' },
    'cosine-similarity': { labels: 'targets' },
    contrastive: { labels: 'one-hot', options: { margin: 0.4 } },
  },
  metric: {
    auto: { labels: 'indices' },
    'character-error-rate': { labels: 'sequence' },
    accuracy: [{ labels: 'indices' }, { labels: 'one-hot' }],
    'binary-accuracy': [{ labels: 'one-hot' }, { labels: 'one-hot', options: { threshold: 0.2 } }],
    'categorical-accuracy': [{ labels: 'indices' }, { labels: 'one-hot' }],
    'mean-squared-error': { labels: 'targets' },
    precision: [{ labels: 'indices' }, { labels: 'one-hot', options: { average: 'micro' } }],
    recall: [{ labels: 'indices' }, { labels: 'one-hot', options: { average: 'weighted' } }],
    f1: [{ labels: 'indices' }, { labels: 'one-hot' }],
    'mean-iou': [{ labels: 'indices' }, { labels: 'one-hot' }],
    auc: [{ labels: 'indices' }, { labels: 'one-hot' }],
    'top-k': { labels: 'indices', options: { k: 2 } },
    'mean-absolute-error': { labels: 'targets' },
    'root-mean-squared-error': { labels: 'targets' },
    r2: { labels: 'targets' },
    'average-precision': [{ labels: 'indices' }, { labels: 'one-hot' }],
    'calibration-error': [{ labels: 'indices' }, { labels: 'one-hot', options: { bins: 4 } }],
    perplexity: { labels: 'indices' },
  },
  augmentation: {
    'color-jitter': { inputShape: [6, 5, 3], options: { hue: 0.2 } },
    grayscale: { inputShape: [6, 5, 3], options: { probability: 0.5 } },
    'rand-augment': [{ inputShape: [6, 5, 3] }, { inputShape: [6, 5, 1] }],
  },
  callback: {
    'time-budget': { options: { minutes: 60 } },
    'early-stopping': [{}, { options: { monitor: 'val_accuracy', patience: 1 } }],
    'best-weights': { options: { keep: 2 } },
    checkpoint: [{}, { options: { everySteps: 3 } }, { options: { everyMinutes: 1 } }],
  },
})

test.run()
