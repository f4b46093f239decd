import { layers as ours } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import * as ortModule from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../src/index.ts'
import { withRightLayers } from '../../src/source/right-layers.ts'
import { onBackend } from '../../src/verify/reference.ts'

const ort = ('default' in ortModule ? ortModule.default : ortModule) as typeof ortModule

const test = suite('layers with channels first')

const normal = (seed: number) => tf.initializers.randomNormal({ seed })
const uniform = (seed: number) => tf.initializers.randomUniform({ seed, minval: 0.3, maxval: 1.5 })
const kernel = { kernelInitializer: normal(1), biasInitializer: normal(2) }
const separable = { depthwiseInitializer: normal(1), pointwiseInitializer: normal(3) }
const moments = {
  gammaInitializer: uniform(1),
  betaInitializer: uniform(2),
  movingMeanInitializer: uniform(3),
  movingVarianceInitializer: uniform(4),
}

type Make = (isFirst: boolean) => tf.layers.Layer
const format = (isFirst: boolean) =>
  ({ dataFormat: isFirst ? 'channelsFirst' : 'channelsLast' }) as never as object
/** By name: the layer, and a sample with channels last. */
const cases: Readonly<Record<string, readonly [Make, readonly number[]]>> = {
  conv1d: [
    (first) => tf.layers.conv1d({ ...kernel, filters: 3, kernelSize: 2, ...format(first) }),
    [7, 4],
  ],
  'conv1d, strided': [
    (first) =>
      tf.layers.conv1d({
        ...kernel,
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        ...format(first),
      }),
    [7, 4],
  ],
  conv2d: [
    (first) =>
      tf.layers.conv2d({
        ...kernel,
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'relu',
        ...format(first),
      }),
    [7, 8, 4],
  ],
  conv3d: [
    (first) => tf.layers.conv3d({ ...kernel, filters: 3, kernelSize: 2, ...format(first) }),
    [4, 5, 3, 2],
  ],
  depthwise: [
    (first) =>
      tf.layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        ...separable,
        ...format(first),
      } as never),
    [7, 8, 4],
  ],
  separable: [
    (first) =>
      tf.layers.separableConv2d({
        ...separable,
        filters: 3,
        kernelSize: 3,
        biasInitializer: normal(2),
        ...format(first),
      } as never),
    [6, 5, 4],
  ],
  transposed: [
    (first) =>
      tf.layers.conv2dTranspose({
        ...kernel,
        filters: 3,
        kernelSize: 3,
        strides: 2,
        ...format(first),
      }),
    [3, 4, 2],
  ],
  'max pool': [
    (first) => tf.layers.maxPooling2d({ poolSize: 2, padding: 'same', ...format(first) } as never),
    [5, 4, 2],
  ],
  'average pool': [
    (first) =>
      tf.layers.averagePooling2d({
        poolSize: 3,
        strides: 2,
        padding: 'same',
        ...format(first),
      } as never),
    [5, 4, 2],
  ],
  'global pool': [(first) => tf.layers.globalAveragePooling2d(format(first) as never), [5, 4, 2]],
  upsampling: [
    (first) => tf.layers.upSampling2d({ size: [2, 3], ...format(first) } as never),
    [3, 4, 2],
  ],
  padding: [
    (first) =>
      tf.layers.zeroPadding2d({
        padding: [
          [1, 2],
          [3, 0],
        ],
        ...format(first),
      } as never),
    [3, 4, 2],
  ],
  cropping: [
    (first) =>
      tf.layers.cropping2D({
        cropping: [
          [1, 2],
          [0, 1],
        ],
        ...format(first),
      } as never),
    [5, 4, 2],
  ],
  'batch norm of images': [
    (first) => tf.layers.batchNormalization({ ...moments, axis: first ? 1 : -1 }),
    [5, 6, 3],
  ],
  'batch norm of sequences': [
    (first) => tf.layers.batchNormalization({ ...moments, axis: first ? 1 : -1 }),
    [5, 3],
  ],
  'batch norm of volumes': [
    (first) => ours.batchNormalization({ ...moments, axis: first ? 1 : -1 }),
    [2, 3, 4, 3],
  ],
  softmax: [(first) => tf.layers.softmax({ axis: first ? 1 : -1 }), [3, 4, 5]],
}

/** Axes of a tensor with channels last, with channels first. */
const toFirst = (rank: number) => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1),
]

for (const [name, [make, sample]] of Object.entries(cases)) {
  // What is right needs no layer with channels first: it is the same layer with channels last, turned.
  test(`${name}: the file has the numbers of channels last`, async () => {
    const x = tf.randomNormal([2, ...sample], 0, 1, 'float32', 7)
    const last = tf.sequential({
      layers: [tf.layers.inputLayer({ inputShape: [...sample] }), make(false)],
    })
    const turned = tf.transpose(x, toFirst(x.rank))
    const first = tf.sequential({
      layers: [tf.layers.inputLayer({ inputShape: turned.shape.slice(1) }), make(true)],
    })
    first.setWeights(last.getWeights())
    const expected = await onBackend('cpu', () =>
      withRightLayers(() => last.predict(x) as tf.Tensor),
    )
    const wanted = expected.rank === x.rank ? tf.transpose(expected, toFirst(x.rank)) : expected
    const { bytes, report } = await exportOnnx(first)
    assert.ok(report.verification.passed)
    const session = await ort.InferenceSession.create(bytes)
    const feed = new ort.Tensor('float32', turned.dataSync() as Float32Array, turned.shape)
    const result = (await session.run({ [session.inputNames[0]!]: feed }))[session.outputNames[0]!]!
    await session.release()
    assert.equal(result.dims, wanted.shape)
    const numbers = wanted.dataSync()
    for (const [index, value] of (result.data as Float32Array).entries()) {
      assert.ok(
        Math.abs(value - numbers[index]!) < 1e-4,
        `${index}: ${value} for ${numbers[index]}`,
      )
    }
  })
}

const filter = [1, 10, 100, 1000]
const image = [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3, -4, -5, -6, -7, -8, -9]

/** Functions of tfjs with channels first, and what they are by hand. */
const functions: Readonly<
  Record<string, readonly [(x: tf.Tensor4D) => tf.Tensor, readonly number[]]>
> = {
  'a depthwise convolution': [
    (x) =>
      tf.depthwiseConv2d(
        x,
        tf.tensor4d([1, 2, 0, 0, 0, 0, 0, 3], [2, 2, 2, 1]),
        1,
        'valid',
        'NCHW',
      ),
    // The first channel as it is; the second, twice its first and three times its last pixel.
    [1, 2, 4, 5, -17, -22, -32, -37],
  ],
  'a convolution': [
    (x) =>
      tf.conv2d(
        x,
        tf.tensor4d(
          filter.flatMap((each) => [each, 0]),
          [2, 2, 2, 1],
        ),
        1,
        'valid',
        'NCHW',
      ),
    [5421, 6532, 8754, 9865],
  ],
  'a batch norm': [
    (x) =>
      tf.batchNorm(
        x,
        tf.tensor4d([1, -1], [1, 2, 1, 1]),
        tf.tensor4d([4, 1], [1, 2, 1, 1]),
        tf.tensor4d([0.5, 0], [1, 2, 1, 1]),
        tf.tensor4d([2, 3], [1, 2, 1, 1]),
        0,
      ),
    [
      ...image.slice(0, 9).map((each) => each - 0.5),
      ...image.slice(9).map((each) => 3 * (each + 1)),
    ],
  ],
}

for (const [name, [fn, expected]] of Object.entries(functions)) {
  test(`${name} with channels first: the file, and what proves it, have the numbers of its definition`, async () => {
    const x = tf.tensor4d(image, [1, 2, 3, 3])
    for (const backend of ['cpu', 'wasm']) {
      const numbers = await onBackend(backend, () => fn(x).dataSync())
      assert.equal(
        [...numbers].map((each) => Math.round(each * 1e4) / 1e4),
        expected,
        backend,
      )
    }
    const { bytes, report } = await exportOnnx(fn as never, {
      inputs: { x: { shape: [null, 2, 3, 3] } },
    })
    assert.ok(report.verification.passed)
    const session = await ort.InferenceSession.create(bytes)
    const feed = new ort.Tensor('float32', Float32Array.from(image), [1, 2, 3, 3])
    const { output } = await session.run({ x: feed })
    await session.release()
    assert.equal(
      [...(output!.data as Float32Array)].map((each) => Math.round(each * 1e4) / 1e4),
      expected,
    )
  })
}

test('tfjs is left as it was', async () => {
  const { prototype } = Object.getPrototypeOf(
    tf.layers.conv1d({ filters: 1, kernelSize: 1 }),
  ).constructor
  const [before, kernelBefore] = [prototype.call, tf.getKernel('Conv2D', 'cpu').kernelFunc]
  await onBackend('cpu', () =>
    withRightLayers(() => withRightLayers(() => assert.is.not(prototype.call, before))),
  )
  assert.is(prototype.call, before)
  assert.is(tf.getKernel('Conv2D', 'cpu').kernelFunc, kernelBefore)
})

test.run()
