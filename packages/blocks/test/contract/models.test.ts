import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../../src/index.ts'

const test = suite('contract of models')

/** A sixteenth of the published width: every check in little time. */
const THIN = { width: 1 / 16 }

testPlugins(
  test,
  blocks.filter(({ kind }) => kind === 'model'),
  {
    model: {
      mlp: [
        { options: { hidden: [6, 5] }, inputShape: [2, 2, 1], parameters: 125 },
        { options: { hidden: [6], dropout: 0.5 }, inputShape: [4], parameters: 100 },
      ],
      'simple-cnn': [
        {
          options: { filters: [3, 4], dropout: 0, numClasses: 3 },
          inputShape: [12, 12, 1],
          parameters: 157,
        },
        { options: { filters: [3, 4] }, inputShape: [12, 12, 1], parameters: 192 },
      ],
      // As wide as published, their parameters are counted in resnets.test.ts and mobilenets.test.ts.
      'mini-resnet': { options: THIN, inputShape: [12, 12, 1], parameters: 922 },
      resnet18: { options: THIN, inputShape: [16, 16, 1], parameters: 45_610 },
      resnet34: { options: THIN, inputShape: [32, 32, 3], parameters: 86_618, deep: true },
      resnet50: { options: THIN, inputShape: [32, 32, 3], parameters: 101_762, deep: true },
      mobilenet: { options: THIN, inputShape: [16, 16, 3], parameters: 18_494, deep: true },
      'mobilenet-v2': { options: THIN, inputShape: [16, 16, 3], parameters: 17_588, deep: true },
    },
  },
  { using: blocks },
)

test.run()
