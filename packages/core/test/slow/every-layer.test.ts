import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model, meanSquaredError, onnxruntimeEngine, tfjsEngine } from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'
import { gradientsBy, sameWithin } from '../engines/differential.ts'

await tf.setBackend('cpu')

const test = suite('every layer, with each of its options, trains alike on both engines')

type Layer = ReturnType<typeof layers.dense>

interface Row {
  readonly shape: readonly number[]
  /** Options that all of them have. */
  readonly base?: object
  /** Each is tried by itself. */
  readonly options?: readonly (object | (() => object))[]
  /** For layers of several inputs: what is given besides the first. */
  readonly others?: (x: tf.Tensor) => tf.Tensor[]
  /** Whole numbers below this go in, instead of what a dense layer makes. */
  readonly ids?: number
  readonly refused?: readonly { readonly options: object; readonly words: RegExp }[]
}

const SEQUENCE = [5, 4] as const
const IMAGE = [5, 4, 3] as const
const VOLUME = [3, 4, 4, 2] as const
const none = [{}] as const

const regularized = (...names: string[]) =>
  names.flatMap((name) => ['l1', 'l2', 'l1_l2', 'l1l2', 'L1L2'].map((each) => ({ [name]: each })))
const formats = [{ dataFormat: 'channelsFirst' }, { dataFormat: 'channelsLast' }]
const paddings = [{ padding: 'same' }, { padding: 'valid' }]
const activated = ['relu', 'tanh', 'softmax', 'elu', 'gelu', 'swish'].map((activation) => ({
  activation,
}))
const merging: Row = { shape: SEQUENCE, others: (x) => [tf.mul(x, 0.5), tf.sin(x)] }
const recurrent = {
  options: [
    {},
    { returnSequences: true },
    { goBackwards: true },
    { useBias: false },
    { activation: 'relu' },
    { kernelRegularizer: 'l2' },
    { recurrentInitializer: 'glorotNormal' },
  ],
}
const pooled = { base: { poolSize: 2 }, options: [{}, { strides: 1 }, ...paddings] }
const convolved = [
  ...[{}, { strides: 2 }, { dilationRate: 2 }, { useBias: false }],
  ...[...paddings, ...formats, ...activated],
  ...regularized('kernelRegularizer', 'biasRegularizer'),
]
const transposed = {
  base: { filters: 2, kernelSize: 2 },
  options: [{}, { strides: 2 }, { useBias: false }, ...paddings, ...formats, ...activated],
  refused: [
    { options: { dilationRate: 2 }, words: /dilationRate of a Conv\dDTranspose must be 1/ },
  ],
}

const rows: Readonly<Record<string, Row>> = {
  elu: { shape: SEQUENCE, options: [{}, { alpha: 0.4 }, { alpha: 1.5 }] },
  reLU: { shape: IMAGE, options: [{}, { maxValue: 6 }, { maxValue: 0.3 }] },
  leakyReLU: { shape: SEQUENCE, options: [{}, { alpha: 0.05 }] },
  prelu: {
    shape: IMAGE,
    options: [{}, { sharedAxes: [1, 2] }, ...regularized('alphaRegularizer')],
  },
  softmax: {
    shape: IMAGE,
    options: [{}, { axis: 1 }, { axis: 2 }, { axis: -2 }, { axis: 3 }, { axis: [1, 3] }],
  },
  thresholdedReLU: { shape: SEQUENCE, options: [{}, { theta: 0.2 }] },
  conv1d: {
    shape: SEQUENCE,
    base: { filters: 3, kernelSize: 2 },
    options: [
      ...convolved,
      { padding: 'causal' },
      { padding: 'causal', dilationRate: 3 },
      { padding: 'causal', strides: 2 },
      { padding: 'causal', dataFormat: 'channelsFirst' },
    ],
  },
  conv2d: {
    shape: IMAGE,
    base: { filters: 3, kernelSize: 2 },
    options: [...convolved, { dilationRate: 2, dataFormat: 'channelsFirst', activation: 'relu' }],
    refused: [{ options: { padding: 'causal' }, words: /causal|CAUSAL/ }],
  },
  conv2dTranspose: { shape: IMAGE, ...transposed },
  conv3d: {
    shape: VOLUME,
    base: { filters: 2, kernelSize: 2 },
    options: [{}, { strides: 2 }, { useBias: false }, ...paddings, ...formats, ...activated],
  },
  conv3dTranspose: { shape: VOLUME, ...transposed },
  separableConv2d: {
    shape: IMAGE,
    base: { filters: 3, kernelSize: 2 },
    options: [{}, { depthMultiplier: 2 }, { strides: 2 }, { useBias: false }, ...paddings],
  },
  depthwiseConv2d: {
    shape: IMAGE,
    base: { kernelSize: 2 },
    options: [
      ...[{}, { depthMultiplier: 2 }, { strides: 2 }, { dilationRate: 2 }, { useBias: false }],
      ...[...paddings, ...activated],
      ...regularized('depthwiseRegularizer'),
    ],
  },
  cropping2D: {
    shape: IMAGE,
    options: [{ cropping: 1 }, { cropping: [1, 0] }, { cropping: [[1, 0], [0, 2]] }], // biome-ignore format: pairs
  },
  upSampling2d: {
    shape: IMAGE,
    options: [{}, { size: [3, 2] }, { interpolation: 'bilinear' }, ...formats],
  },
  zeroPadding2d: { shape: IMAGE, options: [{}, { padding: 2 }, ...formats] },
  activation: { shape: SEQUENCE, options: activated },
  dense: {
    shape: SEQUENCE,
    base: { units: 3 },
    options: [
      ...[{}, { useBias: false }, { kernelConstraint: 'nonNeg' }],
      ...activated,
      ...regularized('kernelRegularizer', 'biasRegularizer'),
    ],
  },
  dropout: { shape: SEQUENCE, options: [{ rate: 0 }] },
  spatialDropout1d: { shape: SEQUENCE, options: [{ rate: 0 }] },
  gaussianDropout: { shape: SEQUENCE, options: [{ rate: 0 }] },
  alphaDropout: { shape: SEQUENCE, options: [{ rate: 0 }] },
  flatten: { shape: IMAGE, options: [{}, ...formats] },
  repeatVector: { shape: [4], options: [{ n: 3 }] },
  reshape: { shape: IMAGE, options: [{ targetShape: [10, 6] }, { targetShape: [-1, 3] }] },
  permute: { shape: IMAGE, options: [{ dims: [2, 3, 1] }] },
  embedding: {
    shape: [6],
    ids: 5,
    base: { inputDim: 5, outputDim: 3 },
    options: [{}, { maskZero: true }, ...regularized('embeddingsRegularizer')],
  },
  add: merging,
  average: merging,
  maximum: merging,
  minimum: merging,
  multiply: merging,
  concatenate: { ...merging, options: [{}, { axis: 1 }, { axis: 2 }] },
  dot: {
    shape: SEQUENCE,
    others: (x) => [tf.sin(x)],
    options: [{ axes: 1 }, { axes: 2 }, { axes: [2, 2], normalize: true }],
  },
  batchNormalization: {
    shape: VOLUME,
    options: [
      ...[{}, { axis: 1 }, { axis: -2 }, { scale: false }, { center: false }, { epsilon: 0.1 }],
      { scale: false, center: false },
      ...regularized('gammaRegularizer', 'betaRegularizer'),
    ],
  },
  layerNormalization: {
    shape: IMAGE,
    options: [
      ...[{}, { axis: 1 }, { axis: [1, 2] }, { axis: [3, 1] }, { epsilon: 0.1 }],
      ...[{ scale: false }, { center: false }, { scale: false, center: false }],
      ...regularized('gammaRegularizer', 'betaRegularizer'),
    ],
  },
  averagePooling1d: { shape: SEQUENCE, ...pooled },
  averagePooling2d: { shape: IMAGE, ...pooled },
  averagePooling3d: { shape: VOLUME, ...pooled },
  maxPooling1d: { shape: SEQUENCE, ...pooled },
  maxPooling2d: { shape: IMAGE, ...pooled },
  maxPooling3d: { shape: VOLUME, ...pooled },
  globalAveragePooling1d: { shape: SEQUENCE },
  globalMaxPooling1d: { shape: SEQUENCE },
  globalAveragePooling2d: { shape: IMAGE, options: formats },
  globalMaxPooling2d: { shape: IMAGE, options: formats },
  gru: { shape: SEQUENCE, base: { units: 3 }, ...recurrent },
  lstm: { shape: SEQUENCE, base: { units: 3 }, ...recurrent },
  simpleRNN: { shape: SEQUENCE, base: { units: 3 }, ...recurrent },
  convLstm2d: {
    shape: VOLUME,
    base: { filters: 2, kernelSize: 2 },
    options: [{}, { returnSequences: true }, { padding: 'same' }, { useBias: false }],
  },
  timeDistributed: { shape: SEQUENCE, options: [() => ({ layer: layers.dense({ units: 2 }) })] },
  bidirectional: {
    shape: SEQUENCE,
    options: ['concat', 'sum', 'mul', 'ave'].map((mergeMode) => () => ({
      layer: layers.lstm({ units: 2, returnSequences: true }),
      mergeMode,
    })),
  },
  rnn: {
    shape: SEQUENCE,
    options: [
      () => ({ cell: layers.lstmCell({ units: 3 }) }),
      () => ({ cell: layers.gruCell({ units: 3 }), returnSequences: true }),
      () => ({ cell: layers.simpleRNNCell({ units: 3 }) }),
      () => ({ cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })] }),
      () => ({
        cell: layers.stackedRNNCells({
          cells: [layers.simpleRNNCell({ units: 2 }), layers.lstmCell({ units: 3 })],
        }),
      }),
    ],
  },
  masking: { shape: SEQUENCE, options: [{}, { maskValue: 1 }] },
  rescaling: { shape: IMAGE, options: [{ scale: 0.5 }, { scale: 2, offset: -1 }] },
  centerCrop: { shape: IMAGE, options: [{ height: 3, width: 2 }] },
  resizing: {
    shape: IMAGE,
    options: [
      { height: 7, width: 3, interpolation: 'nearest' },
      { height: 7, width: 3, interpolation: 'bilinear' },
    ],
  },
  categoryEncoding: {
    shape: [4],
    ids: 5,
    options: ['multiHot', 'count'].map((outputMode) => ({ numTokens: 5, outputMode })),
    refused: [{ options: { numTokens: 5, outputMode: 'oneHot' }, words: /oneHot/ }],
  },
}

/** Cells are parts of `rnn`; sizes of `randomWidth` are random, and `gaussianNoise` draws whatever its options are: see random-layers.test.ts. */
const elsewhere = new Set(
  'Layer RNN RNNCell input inputLayer gruCell lstmCell simpleRNNCell convLstm2dCell stackedRNNCells randomWidth gaussianNoise'.split(
    ' ',
  ),
)
const aliases = /^(avgPool|avgPooling|maxPool|globalMaxPool)\dd$/

test('every layer of tfjs is tried', () => {
  const names = Object.keys(tf.layers).filter((name) => !elsewhere.has(name) && !aliases.test(name))
  assert.equal(names.sort(), Object.keys(rows).sort())
})

class Around extends Model {
  readonly before
  readonly layer
  readonly others
  readonly ids
  readonly flat = layers.flatten()
  readonly head = layers.dense({ units: 2 })

  constructor(layer: Layer, { shape, others, ids }: Row) {
    super({ seed: 4 })
    this.layer = layer
    this.others = others
    this.ids = ids
    this.before = layers.dense({ units: shape.at(-1)! })
  }

  override call(given: tf.Tensor): tf.Tensor {
    const x = this.ids === undefined ? this.before.apply(given) : given
    const y = this.layer.apply(this.others === undefined ? x : [x, ...this.others(x)])
    return this.head.apply(y.rank > 2 ? this.flat.apply(y) : y)
  }
}

function samplesFor({ shape, ids }: Row) {
  const length = 3
  const size = length * tf.util.sizeFromShape([...shape])
  const wave = (at: number) => Math.sin(12.9898 * at + 1)
  const inputs =
    ids === undefined
      ? Float32Array.from({ length: size }, (_, at) => 2 * wave(at))
      : Int32Array.from({ length: size }, (_, at) => (at * 7 + (at % 3)) % ids)
  const labels = Float32Array.from({ length: 2 * length }, (_, at) => wave(at + 0.5))
  const inputDtype = ids === undefined ? 'float32' : 'int32'
  return {
    ...{ inputs, labels, length },
    info: { inputShape: shape, labelShape: [2], inputDtype, labelDtype: 'float32' },
  } as never
}

type Factory = (options: object) => Layer

async function train(row: Row, make: () => Layer): Promise<void> {
  const model = new Around(make(), row)
  model.build([null, ...row.shape])
  const compiled = compileTraining({ optimizer: 'sgd', loss: meanSquaredError() })
  try {
    const expected = await gradientsBy(tfjsEngine(), model, compiled, samplesFor(row))
    const actual = await gradientsBy(onnxruntimeEngine(), model, compiled, samplesFor(row))
    sameWithin(actual, expected)
    assert.ok(Number.isFinite(expected.loss![0]))
  } finally {
    model.dispose()
  }
}

function allOf({ base }: Row, options: object | (() => object)): object {
  return { ...base, ...(typeof options === 'function' ? options() : options) }
}

function describe(options: object | (() => object)): string {
  if (typeof options !== 'function') return JSON.stringify(options)
  return String(options).replaceAll(/\s+/g, ' ').slice(6)
}

for (const [name, row] of Object.entries(rows)) {
  for (const options of row.options ?? none) {
    test(`${name}(${describe(options)})`, () =>
      train(row, () => (layers[name as 'dense'] as unknown as Factory)(allOf(row, options))))
  }
  for (const { options, words } of row.refused ?? []) {
    test(`${name}(${JSON.stringify(options)}) is refused`, async () => {
      const all = { ...row.base, ...options }
      try {
        await train(row, () => (layers[name as 'dense'] as unknown as Factory)(all))
      } catch (error) {
        assert.match((error as Error).message, words)
        return
      }
      assert.unreachable('it was not refused')
    })
  }
  // tfjs's own factories make layers that work in a model as well.
  test(`tf.layers.${name}`, () =>
    train(row, () =>
      (tf.layers[name as 'dense'] as unknown as Factory)(allOf(row, row.options?.[0] ?? {})),
    ))
}

test.run()
