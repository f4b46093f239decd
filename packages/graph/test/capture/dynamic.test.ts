import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureDynamic, type DynamicInput } from '../../src/capture/dynamic.ts'
import type { TypedArray } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from '../support/close-to.ts'
import { opsOf } from '../support/export-ops.ts'
import { numbers } from '../support/kernel-example.ts'

await tf.setBackend('cpu')

const test = suite('programs of any batch')

type TensorProgram = (x: tf.Tensor) => tf.Tensor

/** Exports a program with a free batch, runs the file at several and compares with tfjs. */
async function checkBatches(
  program: TensorProgram,
  input: DynamicInput = { shape: [null, 4, 6], dtype: 'float32' },
  batches: readonly number[] = [1, 2, 5],
): Promise<void> {
  const captured = captureDynamic(({ x }) => ({ y: program(x!) }), { inputs: { x: input } })
  const graph = await optimizeForExport(captured, 17)
  const session = await createSession(writeOnnx(graph, { opset: 17 }))
  try {
    for (const batch of batches) {
      const shape = input.shape.map((size) => (typeof size === 'number' ? size : batch))
      const data = numbers({ shape, dtype: input.dtype }, 'x')
      const feeds = { x: new ort.Tensor(input.dtype as 'float32', data as Float32Array, shape) }
      const { y } = await session.run(feeds)
      const expected = tf.tidy(() => program(tf.tensor(data as Float32Array, shape, input.dtype)))
      assert.equal([...y!.dims], expected.shape, `shape at batch ${batch}`)
      closeTo(y!.data as TypedArray, expected.dataSync() as TypedArray, 1e-5)
      expected.dispose()
    }
  } finally {
    await session.release()
  }
}

const images: DynamicInput = { shape: [null, 6, 6, 4], dtype: 'float32' }
const integers: DynamicInput = { shape: [null, 5], dtype: 'int32' }

const programs: Readonly<Record<string, TensorProgram>> = {
  'slices off the end': (x) => x.slice([0, 1, 2], [-1, 2, 3]),
  'strided slices': (x) => x.stridedSlice([0, 3, 0], [100, 0, 6], [1, -2, 2], 1, 1),
  'one row of each': (x) => x.stridedSlice([0, 1], [0, 2], [1, 1], 1, 1, 0, 0, 2),
  'slices that grow with the batch': (x) => x.slice([1], [x.shape[0]! - 1]).mean([0]),
  'turned round': (x) => x.reverse([0, 2]),
  splits: (x) => tf.addN(tf.split(x, 3, 2)),
  'stacks and parts': (x) => tf.stack(tf.unstack(x, 1), -1),
  padding: (x) =>
    x.pad(
      [
        [0, 0],
        [1, 2],
        [0, 3],
      ],
      2,
    ),
  'mirrored padding': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [2, 0],
      ],
      'reflect',
    ),
  'symmetric padding': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
        [2, 0],
      ],
      'symmetric',
    ),
  'as much padding as samples': (x) =>
    x.pad([
      [0, x.shape[0]!],
      [0, 0],
      [x.shape[0]!, 1],
    ]),
  'all samples by size': (x) => tf.topk(x.transpose([1, 2, 0]), x.shape[0]).values,
  'running sums': (x) => x.cumsum(1, true, true),
  'running products': (x) => tf.cumprod(x, 2),
  'one more axis': (x) => x.expandDims(1).tile([1, 3, 1, 1]),
  'flat rows': (x) => x.reshape([x.shape[0]!, 24]),
  'a size of its own': (x) =>
    x
      .reshape([x.shape[0]! * 4, 6])
      .mul(2)
      .reshape([x.shape[0]!, 24]),
  'chosen elements': (x) => tf.where(x.greater(0), x, tf.zerosLike(x)),
  'sums by name': (x) => tf.einsum('bij,bkj->bik', x, x),
  'zeros as many': (x) => tf.concat([x, tf.zeros([x.shape[0]!, 2, 6])], 1),
  'bounded numbers': (x) => x.clipByValue(-0.5, 0.5),
  attention: (x) => tf.softmax(tf.matMul(x, x, false, true).div(2)).matMul(x),
  'normal rows': (x) => {
    const { mean, variance } = tf.moments(x, -1, true)
    return x.sub(mean).div(variance.add(1e-3).sqrt())
  },
}

for (const [name, program] of Object.entries(programs)) {
  test(name, () => checkBatches(program))
}

const imagePrograms: Readonly<Record<string, (x: tf.Tensor4D) => tf.Tensor>> = {
  'scaled up': (x) => tf.image.resizeBilinear(x, [9, 12]),
  'scaled to the nearest': (x) => tf.image.resizeNearestNeighbor(x, [3, 12], false, true),
  'depthwise convolutions': (x) => tf.depthwiseConv2d(x, tf.ones([3, 3, 4, 2]), 2, 'same'),
  'transposed convolutions': (x) =>
    tf.conv2dTranspose(x, tf.ones([3, 3, 2, 4]), [x.shape[0], 12, 12, 2], 2, 'same'),
  'dilated convolutions': (x) => tf.conv2d(x, tf.ones([3, 3, 4, 2]), 1, 'same', 'NHWC', 2).relu(),
  'space to batch and back': (x) =>
    tf.batchToSpaceND(
      tf
        .spaceToBatchND(
          x,
          [2, 3],
          [
            [0, 0],
            [0, 0],
          ],
        )
        .mul(2),
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  'depth to space': (x) => tf.depthToSpace(x, 2),
  'local responses': (x) => tf.localResponseNormalization(x, 1),
  'padded convolutions': (x) =>
    tf.conv2d(
      x.pad([
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
      tf.ones([3, 3, 4, 2]),
      2,
      'valid',
    ),
  'means of channels': (x) => x.mean([1, 2]),
  dilated: (x) => tf.dilation2d(x, tf.ones([2, 2, 4]), 1, 'same'),
  'gradients of max pooling': (x) =>
    tf.grad((each: tf.Tensor) => tf.maxPool(each as tf.Tensor4D, 2, 2, 'valid').square())(x),
  flipped: (x) => tf.image.flipLeftRight(x),
  rotated: (x) => tf.image.rotateWithOffset(x, 0.4),
}

for (const [name, program] of Object.entries(imagePrograms)) {
  test(`images, ${name}`, () => checkBatches((x) => program(x as tf.Tensor4D), images))
}

test('rows of a table', () => {
  const table = tf.range(0, 18).reshape([6, 3])
  return checkBatches((x) => tf.gather(table, x.cast('int32')), integers)
})

test('classes as vectors', () =>
  checkBatches(
    (x) =>
      tf
        .oneHot(x as tf.Tensor2D, 6)
        .cast('float32')
        .mean(1),
    integers,
  ))

for (const [name, layer] of [
  ['an LSTM', () => tf.layers.lstm({ units: 3, returnSequences: true })],
  ['the last output of an LSTM', () => tf.layers.lstm({ units: 3 })],
  ['a GRU', () => tf.layers.gru({ units: 3, returnSequences: true })],
  ['a GRU that resets after', () => tf.layers.gru({ units: 3 })],
  ['a simple recurrent layer', () => tf.layers.simpleRNN({ units: 2 })],
  [
    'a layer run both ways',
    () =>
      tf.layers.bidirectional({
        layer: tf.layers.lstm({ units: 2 }) as tf.RNN,
        mergeMode: 'concat',
      }),
  ],
] as const) {
  test(name, async () => {
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4, 6] }), layer()] })
    await checkBatches((x) => model.predict(x) as tf.Tensor)
    model.dispose()
  })
}

test('an input of any height and width', () =>
  checkBatches(
    (x) => tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 1, 2]), 1, 'same').mean([1, 2]),
    { shape: [null, null, null, 1], dtype: 'float32' },
    [8, 20],
  ))

test('what needs a fixed size says so', async () => {
  const captured = captureDynamic(
    ({ x, dy }) => ({
      y: tf.grad((filter: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      )(tf.ones([3, 3, 16, 2]), dy!),
    }),
    {
      inputs: {
        x: { shape: [null, 5, 5, 16], dtype: 'float32' },
        dy: { shape: [null, 5, 5, 2], dtype: 'float32' },
      },
    },
  )
  try {
    await optimizeForExport(captured, 17)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /the shape must be fixed, got .*\[\?, 5, 5, 16\]/)
  }
})

test('a program whose kernels depend on the batch is refused', () => {
  assert.throws(
    () =>
      captureDynamic(({ x }) => ({ y: x!.shape[0] === 2 ? x!.relu() : x!.add(1).relu() }), {
        inputs: { x: { shape: [null, 3], dtype: 'float32' } },
      }),
    /kernels of a program must not depend on the size of its input/,
  )
})

test('weights are read once, however many sizes are captured, also under other shapes', () => {
  const flat = tf.tensor1d([1, 2, 3, 4])
  const square = tf.reshape(flat, [2, 2])
  const graph = captureDynamic(({ x }) => ({ y: tf.add(tf.matMul(x!, square), tf.sum(flat)) }), {
    inputs: { x: { shape: [null, 2], dtype: 'float32' } },
  })
  const constants = graph.nodes.flatMap(({ inputs }) => inputs).filter((each) => each?.data)
  const shapes = constants.map((each) => each!.shape.join())
  assert.ok(shapes.includes('2,2') && shapes.includes('4'))
  const [one, other] = constants.filter((each) => (each!.data as Float32Array).length === 4)
  assert.is(one!.data, other!.data)
})

test('a list made in JavaScript with the same row for each sample grows with the batch', async () => {
  const rows = (x: tf.Tensor) => tf.tensor2d(Array.from({ length: x.shape[0]! }, () => [1, 2, 3]))
  const ops = await opsOf((x) => tf.mul(tf.square(x), rows(x)), [3])
  assert.ok(ops.includes('Mul'))
})

test.run()
