import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './model.ts'

// The contract of every model: options, shapes, derivatives, engines and ONNX agree, nothing leaks.
testPlugins(test, plugins, {
  model: {
    'sample-plugin': {
      options: { numClasses: 3, units: 4 },
      inputShape: [2, 2, 1],
      // 4x4 weights and 4 biases of the hidden layer, 4x3 and 3 of the head.
      parameters: 4 * 4 + 4 + 4 * 3 + 3,
    },
  },
})
