import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConstraint } from '../../src/space/constraint.ts'

const test = suite('parseConstraint')
const KEYS = ['batchSize', 'optimizer.learningRate', 'model.name', 'on']
const POINT = { batchSize: 32, 'optimizer.learningRate': 0.01, 'model.name': 'mlp', on: true }

for (const [text, holds] of [
  ['batchSize <= 32', true],
  ['batchSize < 32', false],
  ['batchSize * optimizer.learningRate > 0.3', true],
  ['(batchSize + 1) * 2 == 66 && -batchSize < 0', true],
  ['batchSize - 2 - 10 == 20', true],
  ['batchSize / 4 / 2 == 4', true],
  ['1 + 2 * 3 == 7', true],
  ['batchSize % 10 == 2', true],
  ['model.name == "mlp" || batchSize > 1e3', true],
  ["model.name != 'mlp'", false],
  ['!(batchSize > 64)', true],
  ['on && batchSize >= 32', true],
  ['on == false', false],
  ['batchSize > 64 || batchSize < 8 || batchSize == 32', true],
] as const) {
  test(`${text} is ${holds}`, () => {
    assert.is(parseConstraint(text, KEYS).holds(POINT), holds)
  })
}

for (const [text, message] of [
  ['', /arithmetic and comparisons/],
  ['batchSize <', /arithmetic and comparisons/],
  ['(batchSize < 3', /arithmetic and comparisons/],
  ['batchSize < 3)', /arithmetic and comparisons/],
  ['process.exit(1)', /must be one of the sweep's parameters: batchSize/],
  ['batchsize < 3', /must be one of the sweep's parameters/],
  ['batchSize < 3; 1', /arithmetic and comparisons/],
  [`${'('.repeat(5000)}1${')'.repeat(5000)} == 1`, /at most 100 deep/],
] as const) {
  test(`refuses ${text.slice(0, 30)}`, () => {
    assert.throws(() => parseConstraint(text, KEYS), message)
  })
}

test('refuses what comes to no truth, when it is asked', () => {
  assert.throws(() => parseConstraint('batchSize + 1', KEYS).holds(POINT), /true or false/)
  assert.throws(() => parseConstraint('model.name < 3', KEYS).holds(POINT), /must be a number/)
  assert.throws(
    () => parseConstraint('batchSize && on', KEYS).holds(POINT),
    /must join comparisons/,
  )
})

test.run()
