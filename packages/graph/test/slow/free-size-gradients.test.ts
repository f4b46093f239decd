import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { checkSized } from '../support/check-sized.ts'

repairTfjs()
await tf.setBackend('cpu')

const test = suite('programs with derivatives, of images of any size')

type TensorProgram = (x: tf.Tensor4D) => tf.Tensor

const TURN = () => tf.tensor2d([[1, 0.1, 0, -0.1, 0.9, 1, 0, 0]])
const twice = (x: tf.Tensor4D): [number, number] => [2 * x.shape[1], 2 * x.shape[2]]
const odd = (x: tf.Tensor4D): [number, number] => [x.shape[1] + 1, 5]

const PROGRAMS: Readonly<Record<string, TensorProgram>> = {
  'bilinear scaling to a size': (x) => tf.image.resizeBilinear(x, [7, 9], true),
  'bilinear scaling to twice the size': (x) => tf.image.resizeBilinear(x, twice(x)),
  'bilinear scaling, half pixels': (x) => tf.image.resizeBilinear(x, odd(x), false, true),
  'nearest scaling to twice the size': (x) => tf.image.resizeNearestNeighbor(x, twice(x)),
  'nearest scaling, corners aligned': (x) => tf.image.resizeNearestNeighbor(x, odd(x), true),
  'nearest scaling, half pixels': (x) => tf.image.resizeNearestNeighbor(x, odd(x), false, true),
  'running products': (x) => tf.cumprod(x, 1),
  'running products, exclusive and backwards': (x) => tf.cumprod(x, 2, true, true),
  'a product': (x) => tf.prod(tf.add(1, tf.mul(0.1, x)), [1]),
  'a diagonal': (x) => tf.diag(tf.sum(x, [0, 2, 3])),
  'maxima over windows': (x) => tf.maxPool(x, 3, 2, 'same'),
  'maxima over windows with gaps': (x) => tf.maxPool(x, 2, 3, 'valid'),
  'maxima over padded windows': (x) =>
    tf.maxPool(
      x,
      [3, 2],
      [1, 2],
      [
        [0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ],
    ),
  'a maximum over all': (x) => tf.maxPool(x, [x.shape[1], x.shape[2]], 1, 'valid'),
  'averages over windows': (x) => tf.avgPool(x, 3, 2, 'same'),
  'averages over windows with gaps': (x) => tf.avgPool(x, 2, 3, 'valid'),
  'an average over all': (x) => tf.avgPool(x, [x.shape[1], x.shape[2]], 1, 'valid'),
  'a mirrored border': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ],
      'reflect',
    ),
  'a border mirrored with itself': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ],
      'symmetric',
    ),
  'a gather': (x) => tf.gather(x, tf.tensor1d([0, 1, 1], 'int32'), 1),
  'the largest ones': (x) => tf.topk(tf.reshape(x, [x.shape[0], -1]), 3).values,
  'a crop': (x) => tf.image.cropAndResize(x, tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]), [0], [5, 4]),
  'a dilation': (x) => tf.dilation2d(x, tf.ones([3, 3, 2]), 1, 'same'),
  'a transform, reflected': (x) => tf.image.transform(x, TURN(), 'bilinear', 'reflect'),
  'a transform, wrapped': (x) => tf.image.transform(x, TURN(), 'bilinear', 'wrap'),
  'a transform to a size': (x) => tf.image.transform(x, TURN(), 'nearest', 'constant', 0, [7, 5]),
  'a turn': (x) => tf.image.rotateWithOffset(x, 0.4),
  'a turn about a corner, a number around': (x) =>
    tf.image.rotateWithOffset(x, -2, 0.5, [0.1, 0.8]),
}

for (const [name, forward] of Object.entries(PROGRAMS)) {
  const derivative: TensorProgram = (x) =>
    tf.grad((given) => {
      const y = forward(given as tf.Tensor4D)
      return tf.sum(tf.mul(y, tf.sin(y)))
    })(x)
  for (const [text, run] of Object.entries({
    [name]: forward,
    [`${name}, derivative`]: derivative,
  })) {
    test(text, async () => {
      const { refused, wrong, ran } = await checkSized({ text, images: 1, run } as never, 4)
      assert.is(refused, undefined)
      assert.equal(wrong, [])
      assert.ok(ran >= 2, `ran at ${ran} sizes`)
    })
  }
}

test('what a turn gives back is what its matrix says, transposed', () => {
  for (const [height, width] of [
    [5, 7],
    [1, 6],
    [4, 3],
  ] as const) {
    const turn = (x: tf.Tensor) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.9, 0, [0.2, 0.6])
    const count = height * width
    // Each pixel by itself, turned.
    const pixels = tf.reshape(tf.eye(count), [count, height, width, 1])
    const matrix = tf.reshape(turn(pixels), [count, count])
    const dy = tf.randomNormal([1, height, width, 1], 0, 1, 'float32', 3)
    const expected = tf.matMul(matrix, tf.reshape(dy, [count, 1])).dataSync()
    const x = tf.randomNormal(dy.shape, 0, 1, 'float32', 4)
    const given = tf
      .grad((each) => tf.sum(tf.mul(turn(each), dy)))(x)
      .dataSync()
    for (const [at, value] of expected.entries()) {
      assert.ok(
        Math.abs(given[at]! - value) < 1e-5,
        `${height} x ${width}: ${given} for ${expected}`,
      )
    }
  }
})

test.run()
