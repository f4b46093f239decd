import { oneIn, refusal, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { checkFree } from '../support/check-free.ts'
import { irregularSizes } from '../support/sized-programs.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('windows over images of any size')

type Image = tf.Tensor4D

const weights = (shape: readonly number[]) => tf.randomNormal([...shape], 0, 1, 'float32', 5)
const filter = weights([3, 3, 2, 2]) as Image
const structure = (...shape: [number, number]) => weights([...shape, 2]) as tf.Tensor3D
const sizesOf = (x: Image) => [x.shape[1], x.shape[2]] as const
const parts = (x: Image, by: number, round: 'floor' | 'ceil'): [number, number] => [
  Math[round](x.shape[1] / by),
  Math[round](x.shape[2] / by),
]
const wholes = (x: Image) => x.mul<Image>(100).toInt()
const placesOf = (x: Image) => {
  const { result, indexes } = tf.maxPoolWithArgmax(x, 3, 1, 'valid', true)
  return tf.concat([result!, indexes!.toFloat()], 3)
}

const programs: Readonly<Record<string, (x: Image) => tf.Tensor>> = {
  turned: (x) => tf.image.rotateWithOffset(x, 0.5),
  'turned about a corner, a colour around': (x) =>
    tf.image.rotateWithOffset(x, -2, [1, 2, 0], [0.3, 0.6]),
  dilation: (x) => tf.dilation2d(x, structure(3, 3), 1, 'same'),
  'dilation, strided': (x) => tf.dilation2d(x, structure(2, 3), [2, 1], 'valid'),
  'dilation, dilated': (x) => tf.dilation2d(x, structure(2, 3), 1, 'same', [2, 2]),
  'dilated same convolution': (x) => tf.conv2d(x, filter, 1, 'same', 'NHWC', [2, 3]),
  'dilated same depthwise convolution': (x) =>
    tf.depthwiseConv2d(x, weights([2, 3, 2, 2]) as Image, 1, 'same', 'NHWC', 3),
  'dilated same separable convolution': (x) =>
    tf.separableConv2d(
      x,
      weights([3, 3, 2, 2]) as Image,
      weights([1, 1, 4, 3]) as Image,
      1,
      'same',
      2,
    ),
  'dilated same maximum': (x) => tf.pool(x, 3, 'max', 'same', 2, 1) as Image,
  'dilated same average': (x) => tf.pool(x, 2, 'avg', 'same', 3, 1) as Image,
  'dilated valid average': (x) => tf.pool(x, 2, 'avg', 'valid', 5, 1) as Image,
  'windows of one pixel, every other': (x) => tf.maxPool(x, 1, 2, 'same'),
  'windows rounded up': (x) => tf.maxPool(x, 3, 2, 1, 'ceil'),
  places: placesOf,
  'all of it': (x) => tf.avgPool(x, [...sizesOf(x)], 1, 'valid'),
  'all rows': (x) => tf.avgPool(x, [x.shape[1], 1], 1, 'valid'),
  'all columns, two rows': (x) => tf.maxPool(x, [2, x.shape[2]], [2, 1], 'valid'),
  'all rows and pairs, padded': (x) => tf.maxPool(x, [x.shape[1], 2], [1, 2], 'same'),
  'average of all rows and pairs, padded': (x) => tf.avgPool(x, [x.shape[1], 2], [1, 2], 'same'),
  'quarters of it': (x) => tf.avgPool(x, parts(x, 2, 'floor'), parts(x, 2, 'floor'), 'valid'),
  'ninths of it, padded': (x) => tf.avgPool(x, parts(x, 3, 'ceil'), parts(x, 3, 'ceil'), 'same'),
  'ninths, the largest': (x) => tf.maxPool(x, parts(x, 3, 'ceil'), parts(x, 3, 'ceil'), 'same'),
  'all but a row': (x) => tf.avgPool(x, [x.shape[1] - 1, 1], 1, 'valid'),
  'whole numbers of all rows': (x) => tf.maxPool(wholes(x), [x.shape[1], 1], 1, 'valid').toFloat(),
  'whole numbers of all of it': (x) => tf.maxPool(wholes(x), [...sizesOf(x)], 1, 'valid').toFloat(),
  'derivative of a dilation': (x) =>
    tf.grad((image: tf.Tensor) => tf.dilation2d(image as Image, structure(3, 2), [2, 1], 'same'))(
      x,
    ),
  "derivative by a dilation's filter": (x) =>
    tf.grad((taps: tf.Tensor) => tf.dilation2d(x, taps as tf.Tensor3D, 1, 'valid', [2, 1]))(
      structure(3, 2),
    ),
}

const some = oneIn(8, { test, slow })

for (const [name, run] of Object.entries(programs)) {
  some(`${name}: at 20 irregular sizes`, async () => {
    const shapes = irregularSizes(20, 1).map(([height, width], at) => ({
      x: [at === 3 ? 2 : 1, height!, width!, 2],
    }))
    const { wrong, refused, ran } = await checkFree(
      {
        inputs: { x: { shape: ['batch', null, null, 2], dtype: 'float32' } },
        run: ({ x }: { readonly x: Image }) => ({ y: run(x) }),
      },
      shapes,
    )
    assert.is(refused, undefined)
    assert.equal(wrong, [])
    assert.ok(ran >= 15, `${ran}`)
  })
}

test('a window over padding alone is what it is in tfjs', async () => {
  const run = ({ x }: { readonly x: Image }) => ({
    y: tf.dilation2d(x, structure(2, 3), 1, 'same', [2, 2]),
  })
  for (const inputs of [
    { x: { shape: [1, null, null, 2], dtype: 'float32' } },
    { x: { shape: [1, 1, 7, 2], dtype: 'float32' } },
  ] as const) {
    const { wrong, ran } = await checkFree({ inputs, run }, [{ x: [1, 1, 7, 2] }])
    assert.equal(wrong, [])
    assert.is(ran, 1)
  }
})

test('what is left as it is, in words', async () => {
  const graph = captureDynamic(
    ({ x }) => ({ y: tf.image.rotateWithOffset(x as Image, 1, [1, 2, 3]) }),
    { inputs: { x: { shape: [1, null, null, null], dtype: 'float32' } } },
  )
  assert.match(
    await refusal(() => optimizeForExport(graph, 17)),
    /rotateWithOffset: images filled with a colour must have a fixed number of channels, got "x\[3\]"\n {2}Fix it, or fill with one number\./,
  )
})

test.run()
