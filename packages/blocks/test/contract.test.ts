import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { blocks } from '../src/index.ts'

const test = suite('contract of blocks and models')

testPlugins(test, blocks, {
  block: {
    identity: { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 },
    projection: { options: { filters: 4 }, inputShape: [6, 6, 3], parameters: 324 },
  },
  model: {
    'mini-resnet': { inputShape: [12, 12, 1], parameters: 152_842 },
    resnet18: { inputShape: [16, 16, 1], parameters: 11_189_770 },
  },
})

test.run()
