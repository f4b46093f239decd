import { tieredSuite } from '@ashlar/test-support'
import { type Differential, heldAgainstOnnxruntime } from '../support/differential.ts'
import { type MadeNode, type MadeTensor, weight } from '../support/make-onnx.ts'

const { test, slow } = tieredSuite("onnxruntime's own operators")

const whole = (shape: readonly number[], ...data: number[]): MadeTensor => ({
  ...{ shape, data, type: 'int32' },
})

type Attributes = NonNullable<MadeNode['attributes']>

const own = (
  op: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  outputs: readonly string[] = ['y'],
): MadeNode => ({ op, name: op, domain: 'com.microsoft', inputs, outputs, attributes })

const [BATCH, STEPS, WIDTH, HEADS] = [2, 4, 8, 2]
const tokens = { x: [BATCH, STEPS, WIDTH] }
const packed = {
  'a.w': weight([WIDTH, 3 * WIDTH], 1, 0.5),
  'a.b': weight([3 * WIDTH], 2, 0.5),
}

/** Queries, keys and values of three products. */
const three: readonly MadeNode[] = ['q', 'k', 'v'].map((name) => ({
  ...{ op: 'MatMul', name, inputs: ['x', `${name}.w`], outputs: [name] },
}))
const threeWeights = Object.fromEntries(
  ['q', 'k', 'v'].map((name, at) => [`${name}.w`, weight([WIDTH, WIDTH], at + 3, 0.5)]),
)

const cases: Readonly<Record<string, Differential>> = {
  BiasGelu: {
    inputs: tokens,
    weights: { b: weight([WIDTH], 1) },
    nodes: [own('BiasGelu', ['x', 'b'])],
  },
  'FastGelu without a bias': { inputs: tokens, nodes: [own('FastGelu', ['x'])] },
  'FastGelu with one': {
    inputs: tokens,
    weights: { b: weight([WIDTH], 1) },
    nodes: [own('FastGelu', ['x', 'b'])],
  },
  Gelu: { inputs: tokens, nodes: [own('Gelu', ['x'])] },
  QuickGelu: { inputs: tokens, nodes: [own('QuickGelu', ['x'], { alpha: { float: 1.5 } })] },
  'FusedConv with a sum and ReLU': {
    inputs: { x: [2, 3, 5, 5], z: [2, 4, 5, 5] },
    weights: { w: weight([4, 3, 3, 3], 1), b: weight([4], 2) },
    nodes: [
      own('FusedConv', ['x', 'w', 'b', 'z'], {
        ...{ activation: 'Relu', pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
      }),
    ],
  },
  'FusedConv with a sigmoid': {
    inputs: { x: [2, 3, 5, 5] },
    weights: { w: weight([4, 3, 3, 3], 1) },
    nodes: [own('FusedConv', ['x', 'w'], { activation: 'Sigmoid', kernel_shape: [3, 3] })],
  },
  'FusedMatMul, both turned and scaled': {
    inputs: { x: [2, 3, 4] },
    weights: { w: weight([2, 5, 3], 1) },
    nodes: [own('FusedMatMul', ['x', 'w'], { transA: 1, transB: 1, alpha: { float: 0.25 } })],
  },
  'SkipLayerNormalization with a bias, and the sum': {
    inputs: { x: [2, 3, 8], s: [2, 3, 8] },
    weights: { g: weight([8], 1), c: weight([8], 2), b: weight([8], 3) },
    outputs: ['y', 'sum'],
    nodes: [
      own('SkipLayerNormalization', ['x', 's', 'g', 'c', 'b'], { epsilon: { float: 1e-5 } }, [
        'y',
        '',
        '',
        'sum',
      ]),
    ],
  },
  'SkipSimplifiedLayerNormalization with a bias, and the sum': {
    inputs: { x: [2, 3, 8], s: [2, 3, 8] },
    weights: { g: weight([8], 1), b: weight([8], 3) },
    outputs: ['y', 'sum'],
    nodes: [
      own('SkipSimplifiedLayerNormalization', ['x', 's', 'g', 'b'], { epsilon: { float: 1e-5 } }, [
        'y',
        '',
        '',
        'sum',
      ]),
    ],
  },
  SimplifiedLayerNormalization: {
    inputs: tokens,
    weights: { g: weight([WIDTH], 1) },
    nodes: [
      {
        ...{ op: 'SimplifiedLayerNormalization', name: 's', inputs: ['x', 'g'], outputs: ['y'] },
        attributes: { axis: -1, epsilon: { float: 1e-5 } },
      },
    ],
  },
  'EmbedLayerNormalization with segments and a mask': {
    inputs: { x: [1, WIDTH] },
    weights: {
      ids: whole([2, 4], 3, 1, 0, 2, 5, 5, 4, 0),
      segments: whole([2, 4], 0, 0, 1, 1, 0, 1, 1, 1),
      'w.words': weight([6, WIDTH], 1),
      'w.places': weight([9, WIDTH], 2),
      'w.segments': weight([2, WIDTH], 3),
      'w.gamma': weight([WIDTH], 4),
      'w.beta': weight([WIDTH], 5),
      mask: whole([2, 4], 1, 1, 1, 0, 1, 1, 0, 0),
    },
    outputs: ['y', 'count'],
    nodes: [
      own(
        'EmbedLayerNormalization',
        [...['ids', 'segments', 'w.words', 'w.places', 'w.segments', 'w.gamma', 'w.beta', 'mask']],
        { epsilon: { float: 1e-5 } },
        ['e', 'whole'],
      ),
      { op: 'Cast', name: 'cast', inputs: ['whole'], outputs: ['count'], attributes: { to: 1 } },
      { op: 'Add', name: 'add', inputs: ['e', 'x'], outputs: ['y'] },
    ],
  },
  'Attention with how many keys there are': {
    inputs: tokens,
    weights: { ...packed, mask: whole([BATCH], 3, 4) },
    nodes: [own('Attention', ['x', 'a.w', 'a.b', 'mask'], { num_heads: HEADS })],
  },
  'Attention with a 1 for each key': {
    inputs: tokens,
    weights: { ...packed, mask: whole([BATCH, STEPS], 1, 1, 0, 1, 1, 0, 0, 1) },
    nodes: [own('Attention', ['x', 'a.w', 'a.b', 'mask'], { num_heads: HEADS })],
  },
  'Attention of what comes before, with a bias': {
    inputs: { ...tokens, r: [BATCH, HEADS, STEPS, STEPS] },
    weights: packed,
    nodes: [
      own('Attention', ['x', 'a.w', 'a.b', '', '', 'r'], { num_heads: HEADS, unidirectional: 1 }),
    ],
  },
  'MultiHeadAttention with biases, a mask and scores that are added': {
    inputs: { ...tokens, r: [BATCH, HEADS, STEPS, STEPS] },
    weights: {
      ...threeWeights,
      b: weight([3 * WIDTH], 8),
      mask: whole([BATCH, STEPS], 1, 1, 0, 1, 1, 1, 1, 0),
    },
    nodes: [
      ...three,
      own('MultiHeadAttention', ['q', 'k', 'v', 'b', 'mask', 'r'], { num_heads: HEADS }),
    ],
  },
  'RotaryEmbedding in pairs': {
    inputs: tokens,
    weights: {
      ids: { shape: [BATCH, STEPS], data: [0, 1, 2, 3, 2, 3, 4, 5], type: 'int64' },
      cos: weight([6, 2], 1),
      sin: weight([6, 2], 2),
    },
    nodes: [own('RotaryEmbedding', ['x', 'ids', 'cos', 'sin'], { interleaved: 1 })],
  },
  'GroupQueryAttention in a window, without positions': {
    inputs: tokens,
    weights: {
      'q.w': weight([WIDTH, 32], 1, 0.5),
      'k.w': weight([WIDTH, 16], 2, 0.5),
      'v.w': weight([WIDTH, 16], 3, 0.5),
      last: whole([BATCH], STEPS - 1, STEPS - 1),
      total: whole([], STEPS),
    },
    outputs: ['y', 'pk', 'pv'],
    nodes: [
      ...three,
      own(
        'GroupQueryAttention',
        ['q', 'k', 'v', '', '', 'last', 'total'],
        { num_heads: 4, kv_num_heads: 2, local_window_size: 2 },
        ['y', 'pk', 'pv'],
      ),
    ],
  },
  'GroupQueryAttention with positions, keys and values beside the queries': {
    inputs: tokens,
    weights: {
      'p.w': weight([WIDTH, 128], 1, 0.5),
      last: whole([BATCH], STEPS - 1, STEPS - 1),
      total: whole([], STEPS),
      cos: weight([6, 8], 4),
      sin: weight([6, 8], 5),
    },
    outputs: ['y', 'pk', 'pv'],
    nodes: [
      { op: 'MatMul', name: 'p', inputs: ['x', 'p.w'], outputs: ['p'] },
      own(
        'GroupQueryAttention',
        ['p', '', '', '', '', 'last', 'total', 'cos', 'sin'],
        { num_heads: 4, kv_num_heads: 2, do_rotary: 1 },
        ['y', 'pk', 'pv'],
      ),
    ],
  },
}

for (const [index, [name, made]] of Object.entries(cases).entries()) {
  const declare = index % 3 === 0 ? test : slow
  declare(name, () => heldAgainstOnnxruntime(made))
}

test.run()
