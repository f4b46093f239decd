import { ShapeError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BottleneckBlock, InvertedResidualBlock, PreActivationBlock } from '../../src/index.ts'

const test = suite('blocks of another width than their input')

for (const [block, expected] of [
  [
    new BottleneckBlock(4),
    'BottleneckBlock: the input must be 16 channels wide, as the block is, got [1, 9, 9, 3]\n' +
      '  With `projection: true` the block changes the width.',
  ],
  [
    new PreActivationBlock(4, 3),
    'PreActivationBlock: the input must be 4 channels wide, as the block is, got [1, 9, 9, 3]\n' +
      '  With `projection: true` the block changes the width.',
  ],
  [
    new InvertedResidualBlock(4, 8),
    'InvertedResidualBlock: the input must be 4 channels wide, as the block is, got [1, 9, 9, 3]\n' +
      '  Give it as the first argument: new InvertedResidualBlock(inputFilters, filters).',
  ],
] as const) {
  test(`${block.getClassName()} says what to do`, () => {
    assert.throws(
      () => block.build([null, 9, 9, 3]),
      (error: unknown) => error instanceof ShapeError && error.message === expected,
    )
  })
}

test('projections change width and size', () => {
  const bottleneck = new BottleneckBlock(4, { strides: 2 })
  assert.equal(bottleneck.computeOutputShape([null, 9, 9, 3]), [null, 5, 5, 16])
  const preActivation = new PreActivationBlock(4, 3, { projection: true })
  assert.equal(preActivation.computeOutputShape([null, 9, 9, 3]), [null, 9, 9, 4])
})

test.run()
