import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import { nativePlugins } from '../src/index.ts'

const test = suite('native plugins')

testPlugins(test, nativePlugins, {
  engine: {
    tensorflow: { elsewhere: 'in native/training.test.ts: it needs TensorFlow itself' },
  },
})

test.run()
