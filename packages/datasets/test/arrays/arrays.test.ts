import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { arrays } from '../../src/arrays/arrays.ts'
import { rejects } from '../support/errors.ts'
import { createDataset } from '../support/plugins.ts'

const xor = {
  inputs: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  labels: [0, 1, 1, 0],
  task: 'classification',
}

const test = suite('arrays')

test('takes nested lists', async () => {
  const { info, load } = createDataset(arrays, { ...xor, testInputs: [[1, 0]], testLabels: [1] })
  assert.equal(info.inputShape, [2])
  assert.equal(info.classes, ['0', '1'])
  assert.equal(info.inputDtype, 'float32')
  const { train, test: held } = await load()
  assert.equal(train, {
    inputs: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1),
    labels: Int32Array.of(0, 1, 1, 0),
    length: 4,
  })
  assert.equal(held, { inputs: Float32Array.of(1, 0), labels: Int32Array.of(1), length: 1 })
})

test('takes typed arrays without copying them', async () => {
  const inputs = new Uint8Array(5 * 6).map((_, i) => i)
  const labels = Uint8Array.of(0, 1, 2, 1, 0)
  const { info, load } = createDataset(arrays, {
    inputs,
    labels,
    inputShape: [3, 2, 1],
    task: 'classification',
    classes: ['a', 'b', 'c'],
    testInputs: inputs.slice(6),
    testLabels: labels.slice(1),
  })
  assert.equal(info.inputRange, [0, 255])
  assert.equal(info.classes, ['a', 'b', 'c'])
  assert.is((await load()).train.inputs, inputs)
})

test('says where the numbers to predict lie that are trained on', () => {
  const prices = Array.from({ length: 10 }, (_, at) => 1000 * at)
  const rows = prices.map((_, at) => [at, 1])
  const of = (more: object) =>
    createDataset(arrays, { inputs: rows, labels: prices, task: 'regression', ...more }).info
  const tested = { testInputs: [[0, 0]], testLabels: [1e9] }
  const { mean, std } = of(tested).targetScale!
  assert.equal(mean, [4500])
  assert.ok(Math.abs(std[0]! - Math.sqrt(8.25) * 1000) < 1e-6)
  assert.is(of({ labels: prices.map((each) => each / 1000) }).targetScale, undefined)
  assert.is(of({ labels: rows.map(([at]) => at), task: 'classification' }).targetScale, undefined)
})

test('takes targets of a regression, one or several a sample', async () => {
  const one = createDataset(arrays, { ...xor, labels: [0.5, 1, 1.5, 2], task: 'regression' })
  assert.equal(one.info.labelShape, [])
  assert.equal(one.info.classes, [])
  const labels = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const two = createDataset(arrays, { ...xor, labels, task: 'regression', testPart: 1 })
  assert.equal(two.info.labelShape, [2])
  const { train, test: held } = await two.load()
  assert.is(train.labels.length + held.labels.length, 8)
})

for (const [what, changes, message] of [
  [
    'a typed array without a shape',
    { inputs: new Uint8Array(8) },
    'arrays.inputShape: must be given for a typed array: the shape of one sample',
  ],
  [
    'a length that does not fit',
    { inputs: new Float32Array(7), inputShape: [2] },
    'arrays.inputs: the length must be a multiple of 2, the size of a sample of shape [2], got 7',
  ],
  ['no sample', { inputs: [] }, 'arrays.inputs: must contain at least one sample, got []'],
  [
    'lists of another shape',
    { inputShape: [3] },
    'arrays.inputs: each sample must have the shape [3], got [2]',
  ],
  [
    'too few labels',
    { labels: [0, 1] },
    'arrays.labels: must be one class index for each of 4 samples, got 2',
  ],
  [
    'labels that are no indices',
    { labels: [0, 1, -1, 0] },
    'arrays.labels: must be class indices from 0 to 999999, got -1',
  ],
  [
    'a label that would wrap around in 32 bits',
    { labels: [0, 1, 2 ** 32, 0] },
    'arrays.labels: must be class indices from 0 to 999999, got 4294967296',
  ],
  [
    'NaN in a typed array',
    { inputs: Float32Array.of(0, 1, 2, NaN), inputShape: [1], labels: [0, 1, 1, 0] },
    'arrays.inputs, number 3: must be a finite number, got NaN',
  ],
  [
    'an input that float32 does not have',
    {
      inputs: [
        [0, 0],
        [0, 1e39],
      ],
    },
    'arrays.inputs, number 3: must be a number that float32 has, which ends at 3.4028235e38, got 1e+39',
  ],
  [
    'an input that is 0 in float32',
    { inputs: [[1e-50, 0]] },
    'arrays.inputs, number 0: must be a number that float32 has, where this one is 0, got 1e-50',
  ],
  [
    'an identifier as an input',
    { inputs: [[0, 16777217]] },
    'arrays.inputs, number 1: must be a whole number that float32 has, and the nearest is 16777216, got 16777217',
  ],
  [
    'an infinite target',
    { labels: Float32Array.of(1, 2, Infinity, 3), task: 'regression' },
    'arrays.labels, number 2: must be a finite number, got Infinity',
  ],
  [
    'a target of 32 bits that float32 does not have',
    { labels: Int32Array.of(1, 2, 2 ** 31 - 1, 3), task: 'regression' },
    'arrays.labels, number 2: must be a whole number that float32 has, and the nearest is 2147483648, got 2147483647',
  ],
  [
    'targets that do not fit',
    { labels: [1, 2, 3], task: 'regression' },
    'arrays.labels: must be one target, or the same number of them, for each of 4 samples, got 3',
  ],
  [
    'too few class names',
    { labels: [0, 1, 2, 0], classes: ['a', 'b'] },
    'arrays.classes: must name every class, and there is a label 2, got ["a", "b"]',
  ],
  [
    'test inputs alone',
    { testInputs: [[1, 1]] },
    'arrays: `testInputs` and `testLabels` must be given together',
  ],
  [
    'test inputs of another kind',
    { testInputs: Uint8Array.of(1, 1), testLabels: [0] },
    'arrays.testInputs: must be of the same kind as `inputs`, got Uint8Array(2)',
  ],
] as const) {
  test(`refuses ${what}`, () =>
    rejects(() => createDataset(arrays, { ...xor, ...changes }), ConfigError, message))
}

test('refuses two classes of one name', () => {
  const { error } = arrays.options.safeParse({ ...xor, classes: ['a', 'a'] })
  assert.is(error?.issues[0]?.message, 'must be names that differ')
})

test('refuses what is no array', () => {
  const { error } = arrays.options.safeParse({ ...xor, inputs: 'zeros' })
  assert.is(
    error?.issues[0]?.message,
    'must be a Uint8Array, a Float32Array or nested lists of numbers',
  )
})

test.run()
