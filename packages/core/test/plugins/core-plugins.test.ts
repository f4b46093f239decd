import { suite } from 'uvu'
import { corePlugins } from '../../src/index.ts'
import { testPlugins } from '../../src/testing/index.ts'

const test = suite('plugins of core')

testPlugins(test, corePlugins, {
  schedule: {
    cosine: [{ options: { initial: 0.1 } }, { options: { initial: 0.1, alpha: 0.1, steps: 5 } }],
    warmup: { options: { steps: 4, schedule: { name: 'cosine', initial: 0.1 } } },
  },
  optimizer: {
    sgd: [{}, { options: { momentum: 0.9, nesterov: true } }],
  },
  loss: {
    'sparse-categorical-crossentropy': [
      { labels: 'indices' },
      { labels: 'indices', outputs: 'numbers', options: { fromLogits: true } },
    ],
    'categorical-crossentropy': [
      { labels: 'one-hot' },
      { labels: 'one-hot', outputs: 'numbers', options: { fromLogits: true } },
    ],
    'mean-squared-error': { labels: 'targets' },
  },
  metric: {
    accuracy: [{ labels: 'indices' }, { labels: 'one-hot' }],
    'top-k': { labels: 'indices', options: { k: 2 } },
  },
  callback: {
    'time-budget': { options: { minutes: 60 } },
  },
})

test.run()
