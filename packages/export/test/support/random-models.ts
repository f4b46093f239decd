import { blockPlugins } from '@ashlar/blocks'
import { openContainer, Registry } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'

/** A model as plain data, so that a failure can be read and made smaller. */
export interface ModelPlan {
  readonly input: readonly number[]
  readonly steps: readonly Step[]
  /** Whether the last step's result is joined with the first one's of the same shape. */
  readonly residual: boolean
  readonly units: number
}

/** One layer: which, and small numbers that its options are made of. A step that does not fit is left out. */
export interface Step {
  readonly layer: string
  readonly a: number
  readonly b: number
  readonly c: boolean
}

/** Makes a layer for an input of that shape (without the batch), or nothing when it does not fit. */
type Maker = (step: Step, shape: readonly number[], seed: number) => tf.layers.Layer | undefined

const { layers } = tf
const uniform = (seed: number) => tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed })
const positive = (seed: number) => tf.initializers.randomUniform({ minval: 0.5, maxval: 1.5, seed })
const weights = (seed: number) => ({
  kernelInitializer: uniform(seed),
  biasInitializer: uniform(seed + 1),
})
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!
const activation = (index: number) =>
  pick(
    ['linear', 'relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'swish', 'relu6', 'selu', 'mish'],
    index,
  ) as 'relu'
const padding = (same: boolean) => (same ? 'same' : 'valid')

const container = openContainer(new Registry().register(blockPlugins, '@ashlar/blocks'), {
  seed: 1,
  folder: '.',
})

/** Wraps a maker: only for inputs of that many axes, none of them shorter than `least` where space is. */
const on =
  (rank: number, maker: Maker, least = 1): Maker =>
  (step, shape, seed) =>
    shape.length === rank && shape.slice(0, -1).every((size) => size >= least)
      ? maker(step, shape, seed)
      : undefined

type RecurrentOptions = Parameters<typeof layers.lstm>[0]

/** tfjs cannot train a sequence of one step: it takes the one gradient for a list. */
function recurrent(make: (options: RecurrentOptions) => tf.layers.Layer): Maker {
  return on(
    2,
    ({ a, c }, _, seed) =>
      make({
        ...weights(seed),
        recurrentInitializer: uniform(seed),
        units: a + 1,
        returnSequences: c,
      } as RecurrentOptions),
    2,
  )
}

/** The layers that networks are composed of, by the name that a plan gives them. */
const makers: Readonly<Record<string, Maker>> = {
  dense: ({ a, b }, _, seed) =>
    layers.dense({ ...weights(seed), units: a + 1, activation: activation(b) }),
  activation: ({ b }) => layers.activation({ activation: activation(b) }),
  softmax: () => layers.softmax({ axis: -1 }),
  leakyRelu: ({ a }) => layers.leakyReLU({ alpha: a / 10 }),
  prelu: (_, __, seed) => layers.prelu({ alphaInitializer: uniform(seed) }),
  batchNorm: (_, __, seed) =>
    layers.batchNormalization({
      gammaInitializer: positive(seed),
      betaInitializer: uniform(seed),
      movingMeanInitializer: uniform(seed),
      movingVarianceInitializer: positive(seed),
    }),
  layerNorm: (_, shape, seed) =>
    (shape.at(-1) ?? 1) > 1
      ? layers.layerNormalization({ gammaInitializer: uniform(seed) })
      : undefined,
  dropout: ({ a }) => layers.dropout({ rate: a / 10 }),
  flatten: (_, shape) => (shape.length > 1 ? layers.flatten() : undefined),
  conv2d: on(3, ({ a, b, c }, shape, seed) => {
    const kernelSize = (b % 3) + 1
    if (!c && Math.min(shape[0]!, shape[1]!) < kernelSize) return undefined
    const strides = c ? (a % 2) + 1 : 1
    const options = { filters: a + 1, kernelSize, strides, padding: padding(c) } as const
    return layers.conv2d({ ...weights(seed), ...options, activation: activation(b) })
  }),
  depthwise: on(
    3,
    ({ a, c }, _, seed) =>
      layers.depthwiseConv2d({
        depthwiseInitializer: uniform(seed),
        kernelSize: 2,
        padding: padding(c),
        depthMultiplier: (a % 2) + 1,
      }),
    2,
  ),
  separable: on(3, ({ a }, _, seed) =>
    layers.separableConv2d({
      filters: a + 1,
      kernelSize: 3,
      padding: 'same',
      depthwiseInitializer: uniform(seed),
      pointwiseInitializer: uniform(seed + 1),
    }),
  ),
  transposed: on(3, ({ a, c }, _, seed) =>
    layers.conv2dTranspose({
      ...weights(seed),
      filters: a + 1,
      kernelSize: 3,
      strides: 2,
      padding: padding(c),
    }),
  ),
  maxPool: on(3, ({ c }) => layers.maxPooling2d({ poolSize: 2, padding: padding(c) }), 2),
  averagePool: on(3, ({ c }) => layers.averagePooling2d({ poolSize: 2, padding: padding(c) }), 2),
  upSample: on(3, ({ c }) =>
    layers.upSampling2d({ size: [2, 2], interpolation: c ? 'nearest' : 'bilinear' }),
  ),
  pad: on(3, ({ a, b }) =>
    layers.zeroPadding2d({
      padding: [
        [a % 2, b % 3],
        [1, a % 3],
      ],
    }),
  ),
  crop: on(
    3,
    ({ a }) =>
      layers.cropping2D({
        cropping: [
          [a % 2, 0],
          [0, 1],
        ],
      }),
    3,
  ),
  globalAverage: on(3, () => layers.globalAveragePooling2d({ dataFormat: 'channelsLast' })),
  globalMax: on(3, () => layers.globalMaxPooling2d({ dataFormat: 'channelsLast' })),
  permute: on(3, ({ a }) =>
    layers.permute({
      dims: pick(
        [
          [2, 1, 3],
          [3, 1, 2],
          [1, 3, 2],
        ],
        a,
      ),
    }),
  ),
  identity: on(3, ({ b }, shape) =>
    container.create(
      'block',
      { name: 'identity', filters: shape[2]!, kernelSize: (b % 3) + 1 },
      'plan',
    ),
  ),
  projection: on(3, ({ a, b }) =>
    container.create(
      'block',
      { name: 'projection', filters: a + 1, kernelSize: 3, strides: (b % 2) + 1 },
      'plan',
    ),
  ),
  conv1d: on(
    2,
    ({ a, b }, _, seed) =>
      layers.conv1d({ ...weights(seed), filters: a + 1, kernelSize: 2, activation: activation(b) }),
    2,
  ),
  maxPool1d: on(2, ({ c }) => layers.maxPooling1d({ poolSize: 2, padding: padding(c) }), 2),
  averagePool1d: on(2, () => layers.averagePooling1d({ poolSize: 2 }), 2),
  globalAverage1d: on(2, () => layers.globalAveragePooling1d({})),
  rnn: recurrent((options) => layers.simpleRNN(options)),
  gru: recurrent((options) => layers.gru(options)),
  lstm: recurrent((options) => layers.lstm(options)),
  bidirectional: recurrent((options) =>
    layers.bidirectional({ layer: layers.gru(options) as never, mergeMode: 'concat' }),
  ),
  repeat: on(1, ({ a }) => layers.repeatVector({ n: (a % 4) + 1 })),
}

/** More numbers than this at one place make a test slow, not better. */
const LARGEST = 6000

/** Builds a plan; steps that do not fit are left out. */
export function buildPlan(plan: ModelPlan): tf.LayersModel {
  const input = tf.input({ shape: [...plan.input] })
  const seen: tf.SymbolicTensor[] = [input]
  for (const [index, step] of plan.steps.entries()) {
    const x = seen.at(-1)!
    const shape = x.shape.slice(1) as number[]
    const layer = makers[step.layer]!(step, shape, 10 * index + 1)
    if (layer === undefined) continue
    const y = layer.apply(x) as tf.SymbolicTensor
    const size = (y.shape.slice(1) as number[]).reduce((all, each) => all * each, 1)
    if (size > 0 && size <= LARGEST) seen.push(y)
  }
  let last = seen.at(-1)!
  const twin = seen
    .slice(0, -1)
    .find(({ shape }) => shape.length === last.shape.length && shape.join() === last.shape.join())
  if (plan.residual && twin !== undefined) {
    last = layers.add().apply([twin, last]) as tf.SymbolicTensor
  }
  if (last.shape.length > 2) last = layers.flatten().apply(last) as tf.SymbolicTensor
  const head = layers.dense({ ...weights(99), units: plan.units })
  return tf.model({ inputs: input, outputs: head.apply(last) as tf.SymbolicTensor })
}

const small = fc.integer({ min: 0, max: 7 })

/** Any plan. */
export const anyPlan: fc.Arbitrary<ModelPlan> = fc.record({
  input: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(side(12), side(12), side(4)) },
    { weight: 2, arbitrary: fc.tuple(side(6), side(6)) },
    { weight: 1, arbitrary: fc.tuple(side(12)) },
  ),
  steps: fc.array(
    fc.record({
      layer: fc.constantFrom(...Object.keys(makers)),
      a: small,
      b: small,
      c: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  residual: fc.boolean(),
  units: fc.integer({ min: 1, max: 5 }),
})

function side(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max })
}
