import { test } from 'node:test'
import { testPlugins } from '@ashlar/core/testing'
import { plugins } from './block.ts'

// The contract of every block: options, shapes, derivatives, engines and ONNX agree, nothing leaks.
testPlugins(test, plugins, {
  block: {
    'sample-plugin': {
      options: { filters: 4 },
      inputShape: [5, 5, 3],
      // 3x3x3x4 weights of the convolution, and 4 numbers of batch norm for each channel.
      parameters: 3 * 3 * 3 * 4 + 4 * 4,
    },
  },
})
