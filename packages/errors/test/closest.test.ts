import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closest } from '../src/closest.ts'

const test = suite('closest')
const KNOWN = ['mini-resnet', 'resnet18', 'identity', 'sgd', 'adam']

for (const [given, meant] of [
  ['resnet81', 'resnet18'],
  ['mini-resnt', 'mini-resnet'],
  ['miniresnet', 'mini-resnet'],
  ['Adam', 'adam'],
  ['indentity', 'identity'],
  ['sdg', 'sgd'],
] as const) {
  test(`takes ${given} for ${meant}`, () => {
    assert.is(closest(given, KNOWN), meant)
  })
}

test('keeps the spelling of a known name with capitals', () => {
  assert.is(closest('learningrate', ['learningRate', 'seed']), 'learningRate')
})

test('gives nothing when no name is near, or none is known', () => {
  assert.is(closest('transformer', KNOWN), undefined)
  assert.is(closest('adam', []), undefined)
})

test.run()
