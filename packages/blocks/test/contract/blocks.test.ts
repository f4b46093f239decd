import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../../src/index.ts'

const test = suite('contract of blocks')

testPlugins(
  test,
  blocks.filter(({ kind }) => kind === 'block'),
  {
    block: {
      identity: [
        { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 },
        {
          options: { filters: 4, squeezeExcite: 4, useBias: false, activation: 'swish' },
          inputShape: [5, 5, 4],
          parameters: 333,
        },
        { options: { filters: 4, norm: 'layer' }, inputShape: [5, 5, 4], parameters: 312 },
      ],
      projection: { options: { filters: 4 }, inputShape: [6, 6, 3], parameters: 324 },
      bottleneck: [
        { options: { filters: 2 }, inputShape: [5, 5, 8], parameters: 128 },
        { options: { filters: 2, strides: 2 }, inputShape: [5, 5, 3], parameters: 182 },
        { options: { filters: 2, squeezeExcite: 4 }, inputShape: [5, 5, 8], parameters: 170 },
      ],
      'pre-activation': [
        { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 },
        { options: { filters: 4, strides: 2 }, inputShape: [5, 5, 3], parameters: 304 },
      ],
      'squeeze-excite': {
        options: { filters: 8, ratio: 4 },
        inputShape: [4, 4, 8],
        parameters: 42,
      },
      'depthwise-separable': [
        { options: { filters: 4 }, inputShape: [5, 5, 3], parameters: 67 },
        { options: { filters: 4, strides: 2 }, inputShape: [6, 6, 3], parameters: 67 },
      ],
      'inverted-residual': [
        {
          options: { inputFilters: 4, filters: 4, expansion: 2 },
          inputShape: [5, 5, 4],
          parameters: 216,
        },
        {
          options: { inputFilters: 4, filters: 6, expansion: 1, strides: 2 },
          inputShape: [5, 5, 4],
          parameters: 100,
        },
      ],
    },
  },
  { using: blocks },
)

test.run()
