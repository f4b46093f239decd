import { resolve } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseYaml, resolveExperiment, toYaml } from '../../src/index.ts'
import { testRegistry } from '../support/plugins.ts'

const test = suite('resolve experiment')

const registry = testRegistry()
const minimal = { name: 'trial', model: 'perceptron', dataset: 'clouds' }
const resolved = async (input: unknown, ...overrides: string[]) =>
  (await resolveExperiment(input, { registry, overrides, folder: '/base' })).experiment

test('fills every default', async () => {
  assert.equal(await resolved(minimal), {
    name: 'trial',
    seed: 42,
    plugins: [],
    folder: resolve('/base'),
    model: { name: 'perceptron', units: 8, numClasses: 3 },
    dataset: { name: 'clouds', limit: 90 },
    loss: { name: 'auto', labelSmoothing: 0 },
    optimizer: {
      name: 'adam',
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      weightDecay: 0,
      decayed: 'matrices',
      lazy: false,
    },
    metrics: [{ name: 'auto' }],
    epochs: 1,
    batchSize: 64,
    accumulate: 1,
    augmentations: [],
    freeze: [],
    engine: { name: 'onnxruntime' },
    callbacks: {},
    export: { name: 'notes', indent: 2 },
    out: 'runs',
  })
})

test('what is resolved gives itself when it is resolved again, also through YAML', async () => {
  const input = {
    ...minimal,
    optimizer: { name: 'adamw', learningRate: { name: 'cosine', initial: 0.01 } },
    metrics: ['accuracy', { name: 'top-k', k: 2 }],
    callbacks: { 'time-budget': { minutes: 3 }, second: { name: 'time-budget', minutes: 4 } },
    weights: 'w.safetensors',
  }
  const once = await resolved(input)
  assert.equal(await resolved(once), once)
  assert.equal(await resolved(parseYaml(toYaml(once), 'x')), once)
})

test('how to train: augmentations by name, weights of classes, frozen layers, a fold', async () => {
  const experiment = await resolved({
    ...minimal,
    accumulate: 4,
    augmentations: ['flip', { name: 'shift', x: 0.2 }],
    classWeights: 'balanced',
    freeze: ['hidden'],
    fold: { count: 5, index: 4 },
  })
  assert.is(experiment.accumulate, 4)
  assert.equal(experiment.augmentations, [
    { name: 'flip', horizontal: true, vertical: false, probability: 0.5 },
    { name: 'shift', x: 0.2, y: 0.1, interpolation: 'bilinear', fill: 0 },
  ])
  assert.is(experiment.classWeights, 'balanced')
  assert.equal(experiment.fold, { count: 5, index: 4, stratify: true })
  assert.equal(await resolved(experiment), experiment)
  const refused = (more: object) => refusal(() => resolved({ ...minimal, ...more }))
  assert.match(
    await refused({ fold: { count: 5, index: 5 } }),
    /^experiment\.fold: `index` must be below `count`/,
  )
  assert.match(
    await refused({ augmentations: [{ name: 'shift', x: 2 }] }),
    /^experiment\.augmentations\[0\]\.x: must be a number/,
  )
  assert.match(await refused({ classWeights: [1, -1] }), /^experiment\.classWeights/)
  assert.match(await refused({ accumulate: 0 }), /^experiment\.accumulate: must be a positive/)
})

test('is frozen through and through', async () => {
  const experiment = await resolved({ ...minimal, optimizer: 'adam' })
  assert.throws(() => Object.assign(experiment.optimizer, { beta1: 0 }), /read only/)
  assert.throws(() => (experiment.metrics as unknown[]).push(1), /not extensible/)
})

test('overrides come before anything is checked', async () => {
  const experiment = await resolved(
    { model: 'perceptron' },
    'name=x',
    'dataset=clouds',
    'dataset.limit=5',
  )
  assert.equal(experiment.dataset, { name: 'clouds', limit: 5 })
})

test('options without a name are for the default plugin', async () => {
  const experiment = await resolved(minimal, 'optimizer.learningRate=0.5', '+export.indent=4')
  assert.is(experiment.optimizer.name, 'adam')
  assert.is(experiment.optimizer.learningRate, 0.5)
  assert.equal(experiment.export, { name: 'notes', indent: 4 })
  assert.match(
    await refusal(() => resolved(minimal, 'dataset={limit: 3}')),
    /^experiment\.dataset: must be .* a mapping with name/,
  )
})

test('the first words of a callback are enough where they belong to one plugin alone', async () => {
  const experiment = await resolved(minimal, '+callbacks.early.patience=3')
  const { early } = experiment.callbacks
  assert.is(early?.name, 'early-stopping')
  assert.is(early?.patience, 3)
  assert.match(
    await refusal(() => resolved(minimal, '+callbacks.earl.patience=3')),
    /^experiment\.callbacks\.earl: callback must be one of/,
  )
})

test('mixed precision is refused, as no engine has it', async () => {
  assert.is(
    await refusal(() => resolved({ ...minimal, precision: 'mixed' })),
    'experiment.precision: must be "float32": no engine has mixed precision, as onnxruntime\'s CPU kernels and TensorFlow.js compute in float32, got "mixed"',
  )
  assert.is((await resolved({ ...minimal, precision: 'float32' })).epochs, 1)
})

test('callbacks are named by their key unless they say otherwise', async () => {
  const callbacks = { 'time-budget': { minutes: 1 }, long: { name: 'time-budget', minutes: 9 } }
  assert.equal((await resolved({ ...minimal, callbacks })).callbacks, {
    'time-budget': { name: 'time-budget', minutes: 1 },
    long: { name: 'time-budget', minutes: 9 },
  })
  assert.is(
    await refusal(() => resolved({ ...minimal, callbacks: { 'time-budgt': { minutes: 1 } } })),
    'experiment.callbacks.time-budgt: callback must be one of time-budget, early-stopping, reduce-on-plateau, nan-guard, csv-log, best-weights, unfreeze, checkpoint, got "time-budgt"\n' +
      '  Did you mean "time-budget"?',
  )
})

test('relative folders start where the file lies', async () => {
  assert.is((await resolved({ ...minimal, folder: 'data' })).folder, resolve('/base/data'))
})

/** What is said of an option that the default optimizer does not have. */
const ofAdam = (name: string) =>
  `experiment.optimizer: key must be one of ${Object.keys(registry.get('optimizer', 'adam', '').plugin.options.shape).join(', ')}, got "${name}"`

const cases: readonly [object, string][] = [
  [
    { epoch: 3 },
    'experiment: key must be one of name, seed, plugins, folder, model, weights, dataset, loss, lossWeights, optimizer, metrics, epochs, batchSize, precision, accumulate, augmentations, classWeights, freeze, fold, engine, callbacks, export, out, needs, got "epoch"\n  Did you mean "epochs"?',
  ],
  [{ epochs: 0 }, 'experiment.epochs: must be a positive integer, got 0'],
  [{ seed: -1 }, 'experiment.seed: must be an integer >= 0 and <= 2147483647, got -1'],
  [
    { name: 'a/b' },
    'experiment.name: must be letters, digits, dots, dashes and underscores, as it becomes a folder name, got "a/b"',
  ],
  [
    { name: '..' },
    'experiment.name: must be letters, digits, dots, dashes and underscores, as it becomes a folder name, got ".."',
  ],
  [
    { model: undefined },
    'experiment.model: must be given: a string that is not empty or a mapping with name',
  ],
  [
    { model: 'perceptorn' },
    'experiment.model: model must be one of perceptron, got "perceptorn"\n  Did you mean "perceptron"?',
  ],
  [
    { model: { name: 'perceptron', units: 'ten' } },
    'experiment.model.units: must be a positive integer, got "ten"',
  ],
  [
    { dataset: { name: 'clouds', limt: 3 } },
    'experiment.dataset: key must be one of limit, got "limt"\n  Did you mean "limit"?',
  ],
  [
    { metrics: ['accuracy', { name: 'top-k', k: 0 }] },
    'experiment.metrics[1].k: must be a positive integer, got 0',
  ],
  [{ metrics: 'accuracy' }, 'experiment.metrics: must be a list or a mapping, got "accuracy"'],
  [
    { optimizer: { name: 'adam', learningRate: { name: 'cosin', initial: 1 } } },
    'experiment.optimizer.learningRate: schedule must be one of SCHEDULES, got "cosin"\n  Did you mean "cosine"?',
  ],
  [
    { optimizer: { learningRat: 'cosine' } },
    `${ofAdam('learningRat')}\n  Did you mean "learningRate"?`,
  ],
  [{ optimizer: { schedul: 'cosine' } }, ofAdam('schedul')],
  [{ engine: 'onnx' }, 'experiment.engine: engine must be one of onnxruntime, tfjs, got "onnx"'],
]

for (const [change, message] of cases) {
  test(message.split('\n')[0]!, async () => {
    const wanted = message.replace('SCHEDULES', registry.names('schedule').join(', '))
    assert.is(await refusal(() => resolved({ ...minimal, ...change })), wanted)
  })
}

test('an experiment must be a mapping', async () => {
  assert.is(await refusal(() => resolved([])), 'experiment: must be a mapping of keys, got []')
})

test('no key reaches a prototype', async () => {
  const input: unknown = JSON.parse('{"name": "x", "__proto__": {"polluted": 1}}')
  assert.is(
    await refusal(() => resolved(input)),
    'experiment: a key must not reach a prototype, got "__proto__"',
  )
  await refusal(() => resolved(minimal, '__proto__.polluted=1'))
  assert.is(({} as { polluted?: number }).polluted, undefined)
})

test.run()
