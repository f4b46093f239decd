import { allClose } from '@ashlar/core/testing'
import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { IdentityBlock, ProjectionBlock } from '../../src/index.ts'
import { BlockClassifier } from '../support/classifier.ts'
import { patches } from '../support/patches.ts'

const test = suite('identity block')

test('keeps the shape and has the parameters of two convolutions and two norms', () => {
  const block = new IdentityBlock(64, 3)
  block.build([null, 9, 9, 64])
  assert.equal(block.computeOutputShape([null, 9, 9, 64]), [null, 9, 9, 64])
  const { parameters } = block.summary()
  assert.equal(parameters, { total: 74_368, trainable: 74_112, nonTrainable: 256 })
})

test('uses one activation layer twice', () => {
  const block = new IdentityBlock(4, 3)
  block.build([null, 5, 5, 4])
  const activations = block.summary().layers.filter(({ type }) => type === 'Activation')
  assert.equal(
    activations.map(({ path, calls }) => [path, calls]),
    [['activation', 2]],
  )
})

test('adds its untouched input: with nothing in the last norm, ReLU of the input comes out', () => {
  const block = new IdentityBlock(2, 3)
  block.build([null, 3, 3, 2])
  const gamma = block.namedWeights().find(({ name }) => name === 'norm2.gamma')!
  gamma.variable.assign(tf.zeros([2]))
  const x = tf.linspace(-1, 1, 18).reshape<tf.Tensor4D>([1, 3, 3, 2])
  allClose(block.apply(x).dataSync(), tf.relu(x).dataSync())
})

test('refuses an input of another width and says which block takes it', () => {
  const block = new IdentityBlock(32, 3)
  assert.throws(
    () => block.build([null, 9, 9, 64]),
    (error: unknown) =>
      error instanceof ShapeError &&
      error.message ===
        'IdentityBlock: the input must be 32 channels wide, as the block is, got [1, 9, 9, 64]\n' +
          '  A projection block changes the width: new ProjectionBlock(filters, kernelSize).',
  )
})

test('a block inside a model is named by its path', () => {
  const model = new BlockClassifier(new IdentityBlock(32, 3))
  assert.throws(() => model.build([null, 9, 9, 64]), /^block: the input must be 32 channels wide/)
})

for (const [name, create] of [
  ['identity', () => new IdentityBlock(4, 3)],
  ['projection', () => new ProjectionBlock(6, 3)],
] as const) {
  test(`the ${name} block learns`, async () => {
    const model = new BlockClassifier(create())
    model.compile({
      optimizer: 'adam',
      loss: 'sparse-categorical-crossentropy',
      metrics: ['accuracy'],
    })
    const samples = patches(64, 6, 4)
    const { epochs } = await model.fit(samples, { epochs: 12, batchSize: 16 })
    const [first, last] = [epochs[0]!.metrics.loss!, epochs.at(-1)!.metrics.loss!]
    assert.ok(last < first / 2, `the loss must halve, went from ${first} to ${last}`)
    model.dispose()
  })

  test(`the ${name} block trains on its own`, async () => {
    const block = create()
    block.compile({ optimizer: 'sgd', loss: 'mean-squared-error' })
    const x = tf.randomUniform([8, 6, 6, 4], 0, 1, 'float32', 1)
    const y = tf.zeros([8, ...(block.computeOutputShape([null, 6, 6, 4]).slice(1) as number[])])
    const { epochs } = await block.fit(x, y, { epochs: 4, batchSize: 4 })
    const [first, last] = [epochs[0]!.metrics.loss!, epochs.at(-1)!.metrics.loss!]
    assert.ok(last < first, `the loss must fall, went from ${first} to ${last}`)
  })
}

test.run()
