import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import {
  type MadeNode,
  type MadeTensor,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'

const test = suite('operators held against onnxruntime')

interface Case {
  readonly name: string
  readonly input: readonly number[]
  readonly nodes: readonly MadeNode[]
  readonly weights?: Readonly<Record<string, MadeTensor>>
  readonly opset?: number
}

/** Whole numbers from 0 on, drawn with a seed. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}

const one = (
  op: string,
  attributes: MadeNode['attributes'],
  more: readonly string[] = [],
): MadeNode => ({
  op,
  inputs: ['x', ...more],
  outputs: ['y'],
  ...(attributes && { attributes }),
})

/** Convolutions of any rank, groups, strides, dilations and pads. */
function convolutions(): Case[] {
  const draw = draws(11)
  return Array.from({ length: 14 }, (_, at): Case => {
    const rank = 1 + (at % 3)
    const group = rank === 3 ? 1 : [1, 2, 4][draw(3)]!
    const [inputs, outputs] = [4, 4 * (1 + draw(2))]
    const kernel = Array.from({ length: rank }, () => 1 + draw(3))
    const strides = kernel.map(() => 1 + draw(2))
    const dilations = kernel.map(() => (rank === 3 ? 1 : 1 + draw(2)))
    const pads = Array.from({ length: 2 * rank }, () => draw(3))
    const auto = draw(4) === 0
    const shape = kernel.map(() => 7 + draw(3))
    return {
      name: `Conv ${kernel} group ${group} strides ${strides} dilations ${dilations} ${auto ? 'SAME' : `pads ${pads}`}`,
      input: [2, inputs, ...shape],
      weights: {
        'c.w': weight([outputs, inputs / group, ...kernel], at),
        'c.b': weight([outputs], at + 50),
      },
      nodes: [
        one(
          'Conv',
          auto
            ? { group, strides, auto_pad: at % 2 ? 'SAME_UPPER' : 'SAME_LOWER' }
            : { group, strides, dilations, pads },
          ['c.w', 'c.b'],
        ),
      ],
    }
  })
}

function transposed(): Case[] {
  const draw = draws(12)
  return Array.from({ length: 8 }, (_, at): Case => {
    const rank = 1 + (at % 2)
    const group = 1 + draw(2)
    const kernel = Array.from({ length: rank }, () => 1 + draw(3))
    const strides = kernel.map(() => 1 + draw(3))
    const dilations = kernel.map(() => 1 + draw(2))
    const pads = Array.from({ length: 2 * rank }, () => draw(2))
    const output_padding = strides.map((each) => draw(each))
    return {
      name: `ConvTranspose ${kernel} group ${group} strides ${strides} dilations ${dilations} pads ${pads} more ${output_padding}`,
      input: [2, 4, ...kernel.map(() => 5 + draw(3))],
      weights: { 'c.w': weight([4, 3, ...kernel], at), 'c.b': weight([3 * group], at + 50) },
      nodes: [
        one('ConvTranspose', { group, strides, dilations, pads, output_padding }, ['c.w', 'c.b']),
      ],
    }
  })
}

function pools(): Case[] {
  const draw = draws(13)
  return Array.from({ length: 12 }, (_, at): Case => {
    const rank = 1 + (at % 2)
    const op = at % 4 < 2 ? 'MaxPool' : 'AveragePool'
    const kernel_shape = Array.from({ length: rank }, () => 2 + draw(2))
    const strides = kernel_shape.map(() => 1 + draw(3))
    const pads = Array.from({ length: 2 * rank }, () => draw(2))
    const ceil_mode = draw(2)
    const count = op === 'AveragePool' ? { count_include_pad: draw(2) } : {}
    return {
      name: `${op} ${kernel_shape} strides ${strides} pads ${pads} ceil ${ceil_mode} ${JSON.stringify(count)}`,
      input: [2, 3, ...kernel_shape.map(() => 6 + draw(4))],
      nodes: [one(op, { kernel_shape, strides, pads, ceil_mode, ...count })],
    }
  })
}

const list = (...data: readonly number[]): MadeTensor => ({
  shape: [data.length],
  data,
  type: 'int64',
})
const floats = (...data: readonly number[]): MadeTensor => ({ shape: [data.length], data })

const others: readonly Case[] = [
  {
    name: 'Resize linear',
    input: [2, 3, 4, 5],
    weights: { s: floats(1, 1, 2, 2) },
    nodes: [one('Resize', { mode: 'linear' }, ['', 's'])],
  },
  {
    name: 'Resize nearest',
    input: [2, 3, 4, 5],
    weights: { s: floats(1, 1, 2, 3) },
    nodes: [
      one(
        'Resize',
        { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
        ['', 's'],
      ),
    ],
  },
  {
    name: 'Resize cubic',
    input: [2, 3, 4, 5],
    weights: { s: floats(1, 1, 1.5, 2) },
    nodes: [one('Resize', { mode: 'cubic' }, ['', 's'])],
  },
  {
    name: 'LayerNormalization',
    input: [2, 4, 6],
    weights: { 'n.w': weight([6], 1), 'n.b': weight([6], 2) },
    nodes: [one('LayerNormalization', {}, ['n.w', 'n.b'])],
  },
  {
    name: 'InstanceNormalization',
    input: [2, 4, 5, 5],
    weights: { 'n.w': weight([4], 1), 'n.b': weight([4], 2) },
    nodes: [one('InstanceNormalization', {}, ['n.w', 'n.b'])],
  },
  {
    name: 'Softmax of opset 12',
    input: [2, 3, 4],
    opset: 12,
    nodes: [one('Softmax', { axis: 1 })],
  },
  { name: 'Softmax over channels', input: [2, 3, 4, 4], nodes: [one('Softmax', { axis: 1 })] },
  {
    name: 'LSTM',
    input: [5, 2, 3],
    weights: {
      'r.w': weight([2, 16, 3], 1),
      'r.r': weight([2, 16, 4], 2),
      'r.b': weight([2, 32], 3),
    },
    nodes: [one('LSTM', { hidden_size: 4, direction: 'bidirectional' }, ['r.w', 'r.r', 'r.b'])],
  },
  {
    name: 'GRU',
    input: [5, 2, 3],
    weights: {
      'r.w': weight([1, 12, 3], 1),
      'r.r': weight([1, 12, 4], 2),
      'r.b': weight([1, 24], 3),
    },
    nodes: [one('GRU', { hidden_size: 4, linear_before_reset: 1 }, ['r.w', 'r.r', 'r.b'])],
  },
  {
    name: 'Slice with steps',
    input: [2, 7, 6],
    weights: { a: list(5, -1), b: list(0, -7), c: list(1, 2), d: list(-2, -1) },
    nodes: [one('Slice', {}, ['a', 'b', 'c', 'd'])],
  },
  {
    name: 'Pad reflect',
    input: [2, 3, 5, 6],
    weights: { p: list(0, 0, 1, 2, 0, 0, 2, 1) },
    nodes: [one('Pad', { mode: 'reflect' }, ['p'])],
  },
  {
    name: 'DepthToSpace CRD',
    input: [2, 8, 3, 4],
    nodes: [one('DepthToSpace', { blocksize: 2, mode: 'CRD' })],
  },
  {
    name: 'Einsum',
    input: [2, 3, 4],
    weights: { 'e.w': weight([4, 5, 3], 1) },
    nodes: [
      {
        op: 'Einsum',
        inputs: ['x', 'e.w'],
        outputs: ['y'],
        attributes: { equation: 'bij,jki->bk' },
      },
    ],
  },
  {
    name: 'channels shuffled',
    input: [2, 6, 4, 5],
    weights: { 'c.w': weight([6, 6, 1, 1], 1), s: list(0, 2, 3, 4, 5), t: list(0, 6, 4, 5) },
    nodes: [
      { op: 'Conv', name: 'a', inputs: ['x', 'c.w'], outputs: ['c'] },
      { op: 'Reshape', name: 'b', inputs: ['c', 's'], outputs: ['d'] },
      {
        op: 'Transpose',
        name: 'c',
        inputs: ['d'],
        outputs: ['e'],
        attributes: { perm: [0, 2, 1, 3, 4] },
      },
      { op: 'Reshape', name: 'd', inputs: ['e', 't'], outputs: ['f'] },
      { op: 'Conv', name: 'e', inputs: ['f', 'c.w'], outputs: ['y'] },
    ],
  },
  {
    name: 'rounding that is not undone',
    input: [2, 3, 5, 5],
    weights: { 'c.w': weight([4, 3, 3, 3], 1), s: { shape: [], data: [0.02] } },
    nodes: [
      { op: 'QuantizeLinear', name: 'q', inputs: ['x', 's'], outputs: ['q'] },
      { op: 'Cast', name: 'd', inputs: ['q'], outputs: ['d'], attributes: { to: 1 } },
      { op: 'Conv', name: 'c', inputs: ['d', 'c.w'], outputs: ['y'] },
    ],
  },
  {
    name: 'Gelu and attention of onnxruntime',
    input: [2, 4, 6],
    weights: { 'a.w': weight([6, 18], 1), 'a.b': weight([18], 2) },
    nodes: [
      { op: 'Gelu', name: 'g', domain: 'com.microsoft', inputs: ['x'], outputs: ['g'] },
      {
        op: 'Attention',
        name: 'a',
        domain: 'com.microsoft',
        inputs: ['g', 'a.w', 'a.b'],
        outputs: ['y'],
        attributes: { num_heads: 2 },
      },
    ],
  },
  {
    name: 'SkipLayerNormalization',
    input: [2, 4, 6],
    weights: { 'n.w': weight([6], 1), 'n.b': weight([6], 2), 'n.c': weight([6], 3) },
    nodes: [
      {
        op: 'SkipLayerNormalization',
        name: 's',
        domain: 'com.microsoft',
        inputs: ['x', 'x', 'n.w', 'n.b', 'n.c'],
        outputs: ['y'],
      },
    ],
  },
]

for (const { name, input, nodes, weights = {}, opset = 17 } of [
  ...convolutions(),
  ...transposed(),
  ...pools(),
  ...others,
]) {
  test(name, async () => {
    const bytes = makeOnnx({ inputs: { x: input }, outputs: ['y'], nodes, weights, opset })
    const data = numbers(
      input.reduce((product, size) => product * size, 1),
      7,
    )
    const [wanted] = await runBytes(bytes, { x: { shape: input, data } })
    await withFile(bytes, async (path) => {
      const model = await loadOnnx(path)
      const result = tf.tidy(() => {
        const y = model.call(tf.tensor(data, [...input]), {}) as tf.Tensor
        return { shape: y.shape, data: Array.from(y.dataSync()) }
      })
      assert.equal(result.shape, [...wanted!.dims])
      allClose(result.data, wanted!.data, { relative: 1e-4, absolute: 1e-5 })
      model.dispose()
    })
  })
}

test('a network of many of them is exported with free batch and computes the same', async () => {
  const nodes: MadeNode[] = [
    {
      op: 'Conv',
      name: 'a',
      inputs: ['x', 'c.w'],
      outputs: ['a'],
      attributes: { pads: [1, 1, 1, 1] },
    },
    { op: 'Shape', name: 'b', inputs: ['a'], outputs: ['s'] },
    { op: 'Gather', name: 'c', inputs: ['s', 'zero'], outputs: ['n'] },
    { op: 'Concat', name: 'd', inputs: ['n', 'rest'], outputs: ['t'], attributes: { axis: 0 } },
    { op: 'Reshape', name: 'e', inputs: ['a', 't'], outputs: ['r'] },
    { op: 'Transpose', name: 'f', inputs: ['r'], outputs: ['y'], attributes: { perm: [0, 2, 1] } },
  ]
  const weights = { 'c.w': weight([4, 2, 3, 3], 1), zero: list(0), rest: list(4, -1) }
  const bytes = makeOnnx({ inputs: { x: ['n', 2, 5, 6] }, outputs: ['y'], nodes, weights })
  await withFile(bytes, async (path) => {
    const { bytes: again } = await exportOnnx(await loadOnnx(path), {})
    for (const batch of [1, 3]) {
      const feed = { x: { shape: [batch, 2, 5, 6], data: numbers(batch * 60, 5) } }
      const [[wanted], [found]] = [await runBytes(bytes, feed), await runBytes(again, feed)]
      assert.equal(found!.dims, wanted!.dims)
      allClose(found!.data, wanted!.data)
    }
  })
})

test.run()
