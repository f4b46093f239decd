import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { portableTarget } from '../../src/lower/target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { runCaptured } from '../support/kernel-example.ts'

repairTfjs()
await tf.setBackend('cpu')

const test = suite('derivatives of what picks, and of derivatives that pick')

type Program = (x: tf.Tensor) => tf.Tensor

const ids = (values: readonly number[]) => tf.tensor1d([...values], 'int32')
const taps = tf.tensor3d([0.2, -0.4, 0.9, 0.1, -0.3, 0.5], [2, 3, 1])
const dilated: Program = (x) => tf.dilation2d(x as tf.Tensor4D, taps, [2, 1], 'same', [1, 1])
const gradient =
  (of: Program): Program =>
  (x) =>
    tf.grad((each) => tf.sum(tf.square(of(each))))(x)

const programs: Readonly<
  Record<string, { readonly shape: readonly number[]; readonly run: Program }>
> = {
  'the largest of volumes, a second time': {
    shape: [1, 4, 3, 5, 2],
    run: gradient((x) => tf.maxPool3d(x as tf.Tensor5D, [2, 3, 2], [2, 1, 2], 'same')),
  },
  'the largest of volumes that leave pixels over, a second time': {
    shape: [2, 5, 4, 4, 1],
    run: gradient((x) => tf.maxPool3d(x as tf.Tensor5D, 2, 3, 'valid')),
  },
  'a dilation, a second time': { shape: [2, 5, 4, 1], run: gradient(dilated) },
  "a dilation's filter, a second time": {
    shape: [2, 3, 1],
    run: gradient((filter) =>
      tf.dilation2d(
        tf.cos(tf.range(0, 24)).reshape([1, 6, 4, 1]) as tf.Tensor4D,
        filter as tf.Tensor3D,
        1,
        'valid',
        [2, 1],
      ),
    ),
  },
  'neighbouring channels, a second time': {
    shape: [1, 2, 2, 4],
    run: gradient((x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1.1, 0.4, 0.6)),
  },
  'sums of segments': {
    shape: [4, 2],
    run: (x) => tf.sparse.sparseSegmentSum(x as tf.Tensor2D, ids([0, 3, 3, 1]), ids([0, 0, 2, 2])),
  },
  'means of segments': {
    shape: [4, 2],
    run: (x) => tf.sparse.sparseSegmentMean(x as tf.Tensor2D, ids([2, 3, 2, 1]), ids([0, 1, 1, 1])),
  },
  'weights of bins, some in none': {
    shape: [5],
    run: (x) => tf.bincount(ids([1, 0, 7, 1, 3]), x as tf.Tensor1D, 4),
  },
  'weights of bins by row': {
    shape: [2, 3],
    run: (x) =>
      tf.denseBincount(
        tf.tensor2d(
          [
            [1, 0, 1],
            [2, 9, 2],
          ],
          [2, 3],
          'int32',
        ),
        x as tf.Tensor2D,
        3,
      ),
  },
  'an orthonormal basis': {
    shape: [4, 3],
    run: (x) => {
      const [q, r] = tf.linalg.qr(x) as [tf.Tensor, tf.Tensor]
      return tf.concat([q.flatten(), r.flatten()])
    },
  },
  'orthonormal bases of several squares': {
    shape: [2, 3, 3],
    run: (x) => {
      const [q, r] = tf.linalg.qr(x, true) as [tf.Tensor, tf.Tensor]
      return tf.concat([q.flatten(), r.flatten()])
    },
  },
}

/** Along one direction, from values alone. */
for (const [name, { shape, run }] of Object.entries(programs)) {
  test(`${name}: its derivative is the slope`, async () => {
    const weighed: Program = (x) => {
      const y = run(x)
      const weights = tf.cos(tf.mul(tf.range(0, y.size), 1.37))
      return tf.sum(tf.mul(y.flatten(), weights))
    }
    const size = shape.reduce((product, each) => product * each, 1)
    // None as near to another that the step would change their order.
    const random = seedrandom.alea(`values for ${name}`)
    const order = Array.from({ length: size }, () => random())
    const values = order.map(
      (each) => (3 * order.filter((other) => other < each).length) / size - 1.5,
    )
    const direction = Array.from({ length: size }, (_, at) => Math.cos(1.9 * at))
    const step = 2e-3
    const at = (by: number) =>
      tf.tidy(() =>
        weighed(
          tf.tensor(
            values.map((value, index) => value + by * direction[index]!),
            [...shape],
          ),
        ).arraySync(),
      ) as number
    const slope = (by: number) => (at(by) - at(-by)) / (2 * by)
    const wanted = (4 * slope(step) - slope(2 * step)) / 3
    const along = (derivative: ArrayLike<number>) =>
      direction.reduce((sum, each, index) => sum + each * derivative[index]!, 0)
    const eager = tf.tidy(() =>
      tf
        .grad(weighed)(tf.tensor(values, [...shape]))
        .dataSync(),
    )
    const { results } = await runCaptured(
      ({ x }) => ({ y: tf.grad(weighed)(x!) }),
      { x: { shape, values } },
      portableTarget(),
    )
    const captured = Array.from(results.y!, Number)
    const scale = direction.reduce((sum, each, index) => sum + Math.abs(each * eager[index]!), 1)
    for (const found of [along(eager), along(captured)]) {
      assert.ok(Math.abs(found - wanted) <= 5e-3 * scale, `${found} for a slope of ${wanted}`)
    }
  })
}

test('as many nodes, however large the volume is', () => {
  const count = (size: number) =>
    capture(
      ({ x }) => ({ y: gradient(programs['the largest of volumes, a second time']!.run)(x!) }),
      { inputs: { x: { shape: [1, size, size, size, 2], dtype: 'float32' } } },
    ).nodes.length
  assert.is(count(4), count(12))
})

test('what has none says so, and why', () => {
  const boxes = tf.tensor2d([
    [0, 0, 1, 1],
    [0, 0, 2, 2],
  ])
  assert.throws(
    () => tf.grad((x) => tf.sum(tf.unique(x).values))(tf.tensor1d([1, 2, 1])),
    /Unique: nothing that is trained must lead to its x\n {2}As in TensorFlow it has none: one result stands for all elements that are equal.*Stop the derivative before it, or gather/,
  )
  assert.throws(
    () =>
      tf.grad((x) =>
        tf.sum(tf.image.nonMaxSuppressionWithScore(boxes, x as tf.Tensor1D, 2).selectedScores!),
      )(tf.tensor1d([0.5, 0.7])),
    /NonMaxSuppressionV5: nothing that is trained must lead to its scores\n {2}As in TensorFlow it has none\. Gather the scores/,
  )
})

test.run()
