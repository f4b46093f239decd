import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { IdentityBlock, MiniResNet } from '../support/lesson.ts'
import { TinyClassifier } from '../support/tiny-models.ts'

const test = suite('summary')

test('lists layers with shapes, parameters and FLOPs', () => {
  const model = new MiniResNet(10)
  const summary = model.summary([null, 28, 28, 1])
  assert.equal(summary.inputShape, [null, 28, 28, 1])
  assert.equal(summary.outputShape, [null, 10])
  assert.equal(summary.parameters, { total: 152_842, trainable: 152_202, nonTrainable: 640 })
  const row = (path: string) => summary.layers.find((each) => each.path === path)!
  assert.equal(row('stem'), {
    path: 'stem',
    name: 'stem',
    type: 'Conv2D',
    depth: 0,
    outputShape: [null, 28, 28, 64],
    calls: 1,
    parameters: 7 * 7 * 64 + 64,
    flops: 2 * 28 * 28 * 64 * 7 * 7,
  })
  const convolution = 2 * 9 * 9 * 64 * 3 * 3 * 64
  assert.equal(row('blocks.0'), {
    path: 'blocks.0',
    name: 'blocks.0',
    type: 'IdentityBlock',
    depth: 0,
    outputShape: [null, 9, 9, 64],
    calls: 1,
    parameters: 74_368,
    flops: 2 * convolution,
  })
  assert.is(row('blocks.1.relu').calls, 2)
  assert.is(row('blocks.1.relu').depth, 1)
  assert.is(row('blocks.1.relu').name, 'relu')
  assert.match(String(summary), /^blocks\.1 +IdentityBlock /m)
  assert.is(row('head').flops, 2 * 64 * 10)
  assert.is(summary.flops, 2 * 28 * 28 * 64 * 49 + 4 * convolution + 2 * 64 * 10)
  model.dispose()
})

test('is a table as text', () => {
  const model = new TinyClassifier()
  assert.is(
    String(model.summary([null, 4])),
    `TinyClassifier: [?, 4] -> [?, 3]
-----------------------------------------------------------
layer   type                output shape  parameters  FLOPs
-----------------------------------------------------------
hidden  Dense               [?, 8]                40     64
norm    BatchNormalization  [?, 8]                32      0
head    Dense               [?, 3]                27     48
-----------------------------------------------------------
99 parameters: 83 trainable, 16 not
112 FLOPs for one sample`,
  )
  model.dispose()
})

test('needs a shape', () => {
  assert.throws(
    () => new IdentityBlock(4, 3).summary(),
    /^IdentityBlock\.summary: the model must be built, or `inputShape` given\n {2}For example/,
  )
})

test.run()
