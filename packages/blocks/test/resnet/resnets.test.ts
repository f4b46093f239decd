import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { MiniResNet, type NetworkArgs, ResNet18, ResNet34, ResNet50 } from '../../src/index.ts'

const { test, slow } = tieredSuite('residual networks')

test('MiniResNet(10) has the layers of the lesson and 152,842 parameters', () => {
  const model = new MiniResNet(10)
  model.build([null, 28, 28, 1])
  const { layers, parameters, outputShape } = model.summary()
  assert.equal(parameters, { total: 152_842, trainable: 152_202, nonTrainable: 640 })
  assert.equal(outputShape, [null, 10])
  assert.equal(
    layers.filter(({ depth }) => depth === 0).map((each) => [each.type, each.outputShape]),
    [
      ['Conv2D', [null, 28, 28, 64]],
      ['BatchNormalization', [null, 28, 28, 64]],
      ['Activation', [null, 28, 28, 64]],
      ['MaxPooling2D', [null, 9, 9, 64]],
      ['IdentityBlock', [null, 9, 9, 64]],
      ['IdentityBlock', [null, 9, 9, 64]],
      ['GlobalAveragePooling2D', [null, 64]],
      ['Dense', [null, 10]],
    ],
  )
})

test('ResNet18(10) has the layers of the table and 11,189,770 parameters', () => {
  const model = new ResNet18(10)
  model.build([null, 28, 28, 1])
  const { layers, parameters } = model.summary()
  assert.equal(parameters, { total: 11_189_770, trainable: 11_180_170, nonTrainable: 9_600 })
  assert.equal(
    layers.filter(({ depth }) => depth === 0).map((each) => [each.type, each.outputShape]),
    [
      ['Conv2D', [null, 14, 14, 64]],
      ['BatchNormalization', [null, 14, 14, 64]],
      ['Activation', [null, 14, 14, 64]],
      ['MaxPooling2D', [null, 7, 7, 64]],
      ['IdentityBlock', [null, 7, 7, 64]],
      ['IdentityBlock', [null, 7, 7, 64]],
      ['ProjectionBlock', [null, 4, 4, 128]],
      ['IdentityBlock', [null, 4, 4, 128]],
      ['ProjectionBlock', [null, 2, 2, 256]],
      ['IdentityBlock', [null, 2, 2, 256]],
      ['ProjectionBlock', [null, 1, 1, 512]],
      ['IdentityBlock', [null, 1, 1, 512]],
      ['GlobalAveragePooling2D', [null, 512]],
      ['Dense', [null, 10]],
    ],
  )
  model.dispose()
})

/** Parameters for colour images of 1000 classes. */
function countsOf(
  Network: typeof ResNet18,
  args: NetworkArgs,
): { total: number; trainable: number } {
  const model = new Network(1000, args)
  model.build([null, 64, 64, 3])
  const { total, trainable } = model.summary().parameters
  model.dispose()
  return { total, trainable }
}

slow('ResNet50(1000) has the 25,636,712 parameters of Keras', () => {
  assert.equal(countsOf(ResNet50, {}), { total: 25_636_712, trainable: 25_583_592 })
})

const some = oneIn(6, { test, slow })
for (const [name, Network, blockOptions, trainable] of [
  ['ResNet-18', ResNet18, {}, 11_689_512],
  ['ResNet-34', ResNet34, {}, 21_797_672],
  ['ResNet-50', ResNet50, {}, 25_557_032],
  ['SE-ResNet-50', ResNet50, { squeezeExcite: 16 }, 28_088_024],
] as const) {
  some(`${name} without biases has the parameters of torchvision and timm`, () => {
    const args = { useBias: false, blockOptions: { ...blockOptions, useBias: false } }
    assert.is(countsOf(Network, args).trainable, trainable)
  })
}

test('with zeroInit, a block first gives the ReLU of its shortcut alone', () => {
  const model = new ResNet34(10, { width: 1 / 16, blockOptions: { zeroInit: true } })
  const block = model.blocks[0]!
  const x = tf.randomNormal([2, 5, 5, 4], 0, 1, 'float32', 1)
  assert.equal([...block.apply(x).dataSync()], [...tf.relu(x).dataSync()])
})

test('MiniResNet gives probabilities, logits when asked', () => {
  const images = tf.zeros([2, 28, 28, 1])
  const sums = tf.sum(new MiniResNet(10).apply(images), 1).dataSync()
  for (const sum of sums) assert.ok(Math.abs(sum - 1) < 1e-5, `the sum is ${sum}`)
  const logits = new MiniResNet(10, { output: 'logits' }).apply(tf.ones([1, 28, 28, 1]))
  assert.ok(Math.abs(tf.sum(logits).dataSync()[0]! - 1) > 1e-3)
})

test('the seed gives the weights', () => {
  const kernel = (seed: number) => {
    const model = new MiniResNet(10, { seed })
    model.build([null, 28, 28, 1])
    return [...model.namedWeights()[0]!.variable.dataSync().slice(0, 4)]
  }
  assert.equal(kernel(1), kernel(1))
  assert.not.equal(kernel(1), kernel(2))
})

test.run()
