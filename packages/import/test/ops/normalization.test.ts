import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import { makeOnnx, weight, withFile } from '../support/make-onnx.ts'

const test = suite('normalization')

test('a batch norm without a number for each channel is refused when its file is loaded', () =>
  withFile(
    makeOnnx({
      inputs: { x: [2, 3, 4, 5] },
      outputs: ['y'],
      weights: { s: weight([3], 1), b: weight([3], 2), m: weight([1], 3), v: weight([3], 1) },
      nodes: [
        {
          ...{ op: 'BatchNormalization', name: 'norm', outputs: ['y'] },
          inputs: ['x', 's', 'b', 'm', 'v'],
        },
      ],
    }),
    async (path) => {
      assert.match(
        await refusal(() => loadOnnx(path)),
        /norm.*mean must be of shape \[3\], a number for each channel, got/,
      )
    },
  ))

test('a batch norm of a list of numbers has one channel', () =>
  heldAgainstOnnxruntime({
    inputs: { x: [5] },
    weights: {
      s: weight([1], 1),
      b: weight([1], 2),
      m: weight([1], 3),
      v: { shape: [1], data: [2] },
    },
    nodes: [{ op: 'BatchNormalization', inputs: ['x', 's', 'b', 'm', 'v'], outputs: ['y'] }],
  }))

test.run()
