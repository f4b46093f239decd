import { corePlugins, type Dataset, fromData, layers, type Metric, Model } from '@ashlar/core'
import { definePlugin, openContainer, type Plugin, Registry } from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  buildExperiment,
  buildForShape,
  designExperiment,
  resolveExperiment,
} from '../../src/index.ts'
import { points } from '../support/points.ts'

const test = suite('parts of an experiment that fit each other')

class Net extends Model {
  readonly head
  constructor(units: number, softmax: boolean) {
    super()
    this.head = layers.dense({ units, ...(softmax && { activation: 'softmax' as const }) })
  }
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

const net: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'net',
  description: 'A dense layer whose width is called otherwise than elsewhere.',
  options: z.strictObject({
    units: fromData(z.int().positive(), 'outputs').describe('Width.'),
    output: fromData(z.enum(['logits', 'probabilities']), 'output').describe('What it gives.'),
  }),
  create: ({ units = 7, output = 'probabilities' }) => new Net(units, output !== 'logits'),
})

const data: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'data',
  description: 'Points.',
  options: z.strictObject({
    classes: z.array(z.string()).default([]).describe('Names.'),
    targets: z.array(z.int()).default([]).describe('Shape of a label.'),
    ignoreIndex: z.int().optional().describe('What does not count.'),
  }),
  create: ({ classes, targets, ignoreIndex }): Dataset => ({
    info: {
      ...{ ...points(1).info, labelShape: targets, classes, ignoreIndex },
      ...{ name: 'data', licence: 'none', source: 'made up' },
    },
    load: () => Promise.reject(new Error('nothing is loaded')),
  }),
})

const registry = new Registry().register(corePlugins, 'core').register([net, data], 'tests')

async function built(experiment: object) {
  const input = { name: 'x', model: 'net', ...experiment }
  const parts = await buildExperiment(await resolveExperiment(input, { registry }))
  const { heads, model } = parts
  const { loss, metrics } = heads[0]!
  const found = {
    loss: loss.name,
    metrics: metrics.map(({ name }) => name),
    width: (model.computeOutputShape([null, 4]) as number[])[1],
    isSoftmax: (model as Net).head.getConfig().activation === 'softmax',
  }
  await parts.dispose()
  return found
}

const classes = (count: number) => ({
  dataset: { name: 'data', classes: Array.from({ length: count }, (_, i) => `c${i}`) },
})
const numbers = (...targets: number[]) => ({ dataset: { name: 'data', targets } })
const SPARSE = 'sparse-categorical-crossentropy'

const fits: readonly [what: string, experiment: object, expected: object][] = [
  ['four classes', classes(4), { loss: SPARSE, metrics: ['accuracy'], width: 4, isSoftmax: true }],
  ['two classes', classes(2), { loss: SPARSE, metrics: ['accuracy'], width: 2, isSoftmax: true }],
  [
    'two classes and one output',
    { ...classes(2), model: { name: 'net', units: 1, output: 'logits' } },
    { loss: 'binary-crossentropy', metrics: ['accuracy'], width: 1, isSoftmax: false },
  ],
  [
    'two classes and a loss of yes or no',
    { ...classes(2), loss: 'binary-crossentropy', model: { name: 'net', output: 'logits' } },
    { loss: 'binary-crossentropy', metrics: ['accuracy'], width: 1, isSoftmax: false },
  ],
  [
    'a number',
    numbers(),
    { loss: 'mean-squared-error', metrics: ['mean-absolute-error'], width: 1, isSoftmax: false },
  ],
  [
    'several numbers',
    numbers(3),
    { loss: 'mean-squared-error', metrics: ['mean-absolute-error'], width: 3, isSoftmax: false },
  ],
  [
    'a loss of numbers that is named',
    { ...numbers(), loss: 'huber' },
    { loss: 'huber', metrics: ['mean-absolute-error'], width: 1, isSoftmax: false },
  ],
  [
    'several yes or no',
    { ...numbers(3), loss: 'binary-crossentropy', metrics: ['accuracy'] },
    { loss: 'binary-crossentropy', metrics: ['accuracy'], width: 3, isSoftmax: false },
  ],
  [
    'more outputs than classes, if somebody says so',
    { ...classes(3), model: { name: 'net', units: 5 } },
    { loss: SPARSE, metrics: ['accuracy'], width: 5, isSoftmax: true },
  ],
]

for (const [what, experiment, expected] of fits) {
  test(`${what}: what is left open follows`, async () => {
    assert.equal(await built(experiment), expected)
  })
}

const misfits: readonly [what: string, experiment: object, RegExp][] = [
  [
    'fewer outputs than classes',
    { ...classes(4), model: { name: 'net', units: 3 } },
    /^experiment\.model: the output must have a number for each of the 4 classes of data, got \[null, 3\]\n {2}Leave out model\.numClasses.*, or set model\.numClasses=4\.$/,
  ],
  [
    'a loss of numbers for classes',
    { ...classes(3), loss: 'mean-squared-error' },
    /^experiment\.loss: mean-squared-error takes numbers to come near to, and the labels of data are 3 classes\n {2}Leave the loss out/,
  ],
  ...['mean-absolute-error', 'mse', 'root-mean-squared-error', 'r2'].map(
    (metric): [string, object, RegExp] => [
      `${metric} of classes`,
      { ...classes(3), metrics: [metric] },
      /^experiment\.metrics: [\w-]+ measures how near numbers are, and the labels of data are 3 classes\n {2}Leave the metrics out, or take accuracy/,
    ],
  ),
  [
    'one output for four classes',
    { ...classes(4), loss: SPARSE, model: { name: 'net', units: 1, output: 'logits' } },
    /^experiment\.model: the output must have a number for each of the 4 classes/,
  ],
  [
    'one output that nobody named a loss for, and four classes',
    { ...classes(4), model: { name: 'net', units: 1, output: 'logits' } },
    /^experiment\.model: binary-crossentropy takes one output and two classes, and data has 4/,
  ],
  [
    'two outputs for a loss of yes or no',
    { ...classes(2), loss: 'bce', model: { name: 'net', units: 2 } },
    /^experiment\.model: binary-crossentropy takes one output and two classes, and data has 2, got \[null, 2\]\n/,
  ],
  [
    'classes for numbers',
    { ...numbers(), loss: SPARSE },
    /^experiment\.loss: sparse-categorical-crossentropy takes classes, and the labels of data are numbers\n/,
  ],
  [
    'one-hot rows for indices',
    { ...classes(3), loss: 'categorical-crossentropy' },
    /^experiment\.loss: categorical-crossentropy takes one-hot labels, and those of data are indices/,
  ],
  [
    'two outputs for one number',
    { ...numbers(), model: { name: 'net', units: 2 } },
    /^experiment\.model: the output must have a number for each of the targets \(1\) of data, got \[null, 2\]\n/,
  ],
  [
    'accuracy of numbers',
    { ...numbers(), metrics: ['mae', 'accuracy'] },
    /^experiment: metric accuracy: it counts right answers, and with mean-squared-error labels are numbers/,
  ],
]

for (const [what, experiment, message] of misfits) {
  test(`${what}: refused before anything is loaded`, async () => {
    assert.match(await refusal(() => built(experiment)), message)
  })
}

/** Metrics with default options, by what they count. */
const counting = (what: Metric['counts']) =>
  corePlugins.flatMap((plugin) => {
    if (plugin.kind !== 'metric') return []
    const metric = plugin.create(plugin.options.parse({}), {} as never) as Metric
    // One that goes by the data has another take its place.
    return metric.counts === what && metric.for === undefined ? [plugin.name] : []
  })

test('whatever counts right answers is refused for numbers, whatever measures distances for classes', async () => {
  const [answers, distances] = [counting('answers'), counting('distances')]
  for (const name of ['accuracy', 'f1', 'precision', 'recall', 'auc', 'average-precision']) {
    assert.ok(answers.includes(name), name)
  }
  assert.ok(distances.includes('r2'))
  for (const name of answers) {
    assert.match(
      await refusal(() => built({ ...numbers(), metrics: [name] })),
      /^experiment: metric \S+: it counts right answers, and with mean-squared-error labels are numbers/,
      name,
    )
  }
  for (const name of distances) {
    assert.match(
      await refusal(() => built({ ...classes(3), metrics: [name] })),
      /measures how near numbers are, and the labels of data are 3 classes/,
      name,
    )
  }
})

for (const [what, size, message] of [
  [
    'a picture that is too small',
    4,
    /samples of shape \[4, 4, 1\] must fit through the model: .*\n {2}The pictures may be too small/,
  ],
  [
    'a picture of which nothing is left',
    5,
    /the output must hold numbers, got \[null, 0, 0, 1\]|must fit through the model/,
  ],
] as const) {
  test(`${what}: refused before anything is loaded`, async () => {
    class Shrinking extends Model {
      readonly conv = layers.conv2d({ filters: 1, kernelSize: 5 })
      readonly crop = layers.cropping2D({
        cropping: [
          [0, 1],
          [0, 1],
        ],
      })
      override call(x: Tensor): Tensor {
        return this.crop.apply(this.conv.apply(x))
      }
    }
    const shrinking: Plugin<'model'> = definePlugin({
      kind: 'model',
      name: 'shrinking',
      description: 'Leaves little.',
      options: z.strictObject({}),
      create: () => new Shrinking(),
    })
    const pictures: Plugin<'dataset'> = definePlugin({
      kind: 'dataset',
      name: 'pictures',
      description: 'Pictures.',
      options: z.strictObject({}),
      create: (): Dataset => ({
        info: {
          ...{ ...points(1).info, inputShape: [size, size, 1], labelShape: [], classes: [] },
          ...{ name: 'pictures', licence: 'none', source: 'made up' },
        },
        load: () => Promise.reject(new Error('nothing is loaded')),
      }),
    })
    const own = new Registry()
      .register(corePlugins, 'core')
      .register([shrinking, pictures], 'tests')
    const input = { name: 'x', model: 'shrinking', dataset: 'pictures' }
    const resolved = await resolveExperiment(input, { registry: own })
    assert.match(await refusal(() => buildExperiment(resolved)), message)
  })
}

test('the side of pictures is the larger of both', async () => {
  let told: number | undefined
  const sided: Plugin<'model'> = definePlugin({
    kind: 'model',
    name: 'sided',
    description: 'Has places for pictures.',
    options: z.strictObject({ size: fromData(z.int(), 'side').describe('Side.') }),
    create: ({ size }) => {
      told = size
      return new Net(1, false)
    },
  })
  const given = (inputShape: readonly number[]): Plugin<'dataset'> =>
    definePlugin({
      kind: 'dataset',
      name: 'data',
      description: 'Samples of a shape.',
      options: z.strictObject({}),
      create: (): Dataset => ({
        info: {
          ...{ ...points(1).info, inputShape, labelShape: [], classes: [] },
          ...{ name: 'data', licence: 'none', source: 'made up' },
        },
        load: () => Promise.reject(new Error('nothing is loaded')),
      }),
    })
  for (const [inputShape, side] of [
    [[5, 7, 1], 7],
    [[4], undefined],
  ] as const) {
    const own = new Registry()
      .register(corePlugins, 'core')
      .register([sided, given(inputShape)], 'tests')
    const input = { name: 'x', model: 'sided', dataset: 'data' }
    const { experiment } = await resolveExperiment(input, { registry: own })
    designExperiment(experiment, {
      registry: own,
      container: openContainer(own, { seed: 0, folder: '.' }),
    })
    assert.is(told, side)
  }
})

test('nothing may be left of samples of a shape without data', async () => {
  class Cropped extends Model {
    readonly crop = layers.cropping2D({
      cropping: [
        [0, 4],
        [0, 0],
      ],
    })
    override call(x: Tensor): Tensor {
      return this.crop.apply(x)
    }
  }
  assert.match(
    await refusal(async () => buildForShape(new Cropped(), [4, 4, 1], 'Larger.')),
    /\n {2}Larger\.$/,
  )
  buildForShape(new Cropped(), [5, 4, 1], 'Larger.')
})

test('what does not count is said once, by the data', async () => {
  const dataset = { name: 'data', classes: ['a', 'b', 'c'], ignoreIndex: -1 }
  const name = 'sparse-categorical-crossentropy'
  for (const loss of ['auto', name, { name, ignoreIndex: -1 }]) await built({ dataset, loss })
  assert.is(
    await refusal(() => built({ dataset, loss: { name, ignoreIndex: 255 } })),
    'experiment.loss: `ignoreIndex` of sparse-categorical-crossentropy must be that of the data, whose label for what does not count is -1, got 255\n  Leave it out of the loss: it follows from the data.',
  )
})

test('weights of classes are for outputs that have classes, by name where there are names', async () => {
  await built({ ...classes(3), classWeights: 'balanced' })
  assert.match(
    await refusal(() => built({ ...classes(3), classWeights: { kind: 'balanced' } })),
    /^experiment: `classWeights` of a model of one output must be numbers in the order of the classes, or "balanced"/,
  )
  assert.match(
    await refusal(() => built({ dataset: { name: 'data' }, classWeights: 'balanced' })),
    /^experiment: `classWeights` are for outputs of classes, and the output gives numbers to mean-squared-error/,
  )
})

test.run()
