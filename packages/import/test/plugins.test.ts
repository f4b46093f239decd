import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testPlugins } from '@ashlar/core/testing'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { importPlugins } from '../src/index.ts'
import { makeOnnx, weight } from './support/make-onnx.ts'
import { saveLayers, smallLayers } from './support/save-tfjs.ts'

const { test, slow } = tieredSuite('models of files as plugins')

// Each check of some, and in the tier `slow` of all.
const some = oneIn(8, { test, slow })

const bytes = makeOnnx({
  inputs: { x: ['batch', 2, 6, 6] },
  outputs: ['y'],
  weights: {
    'conv.weight': weight([4, 2, 3, 3], 1, 0.4),
    'conv.bias': weight([4], 2),
    'bn.weight': { shape: [4], data: [1, 0.5, 2, 1.5] },
    'bn.bias': weight([4], 3),
    'bn.mean': weight([4], 4),
    'bn.var': { shape: [4], data: [0.5, 1, 1.5, 2] },
    'dw.weight': weight([4, 1, 3, 3], 5),
    'fc.weight': weight([3, 4], 6),
    'fc.bias': weight([3], 7),
  },
  nodes: [
    { op: 'Conv', inputs: ['x', 'conv.weight', 'conv.bias'], outputs: ['a'] },
    {
      op: 'BatchNormalization',
      inputs: ['a', 'bn.weight', 'bn.bias', 'bn.mean', 'bn.var'],
      outputs: ['b'],
    },
    { op: 'HardSwish', inputs: ['b'], outputs: ['c'] },
    {
      op: 'Conv',
      inputs: ['c', 'dw.weight'],
      outputs: ['d'],
      attributes: { group: 4, pads: [1, 1, 1, 1] },
    },
    { op: 'GlobalAveragePool', inputs: ['d'], outputs: ['e'] },
    { op: 'Flatten', inputs: ['e'], outputs: ['f'] },
    {
      op: 'Gemm',
      inputs: ['f', 'fc.weight', 'fc.bias'],
      outputs: ['y'],
      attributes: { transB: 1 },
    },
  ],
})

const prepare = (folder: string) => writeFile(join(folder, 'net.onnx'), bytes)
const body = 4 * 2 * 9 + 4 + 4 * 4 + 4 * 9

testPlugins(some, importPlugins, {
  model: {
    onnx: [
      { options: { path: 'net.onnx' }, inputShape: [6, 6, 2], parameters: body + 15, prepare },
      {
        options: { path: 'net.onnx', output: 'dw', head: { classes: 5 }, layout: 'nchw' },
        inputShape: [2, 6, 6],
        parameters: body + 25,
        prepare,
      },
    ],
    tfjs: [
      {
        options: { path: 'web' },
        inputShape: [8, 8, 3],
        parameters: 4 * 3 * 9 + 4 * 4 + 4 * 9 + 4 * 6 + 6 + 6 * 3 + 3,
        prepare: (folder: string) => saveLayers(smallLayers(), join(folder, 'web')),
      },
    ],
  },
})

test.run()
