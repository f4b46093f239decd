import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { heldAgainstOnnxruntime } from '../support/differential.ts'
import { type MadeTensor, makeOnnx, withFile } from '../support/make-onnx.ts'

const test = suite('elements put into places')

const list = (...data: number[]): MadeTensor => ({ shape: [data.length], data, type: 'int64' })

for (const [image, block, attributes, shape] of [
  [[5, 5], [3, 3], {}, [2, 18, 9]],
  [[5, 6], [2, 3], { strides: [2, 1], pads: [1, 0, 1, 1] }, [1, 12, 15]],
  [[7, 6], [2, 2], { dilations: [2, 1] }, [2, 4, 25]],
  [[6], [3], { pads: [1, 1] }, [2, 6, 6]],
] as const) {
  test(`Col2Im of blocks ${block} to ${image} ${JSON.stringify(attributes)}`, () =>
    heldAgainstOnnxruntime({
      inputs: { x: shape },
      weights: { image: list(...image), block: list(...block) },
      opset: 18,
      nodes: [{ op: 'Col2Im', inputs: ['x', 'image', 'block'], outputs: ['y'], attributes }],
    }))
}

test('TensorScatter keeps the fractions of halves', async () => {
  const bytes = makeOnnx({
    ...{ inputs: { x: [1, 2, 2] }, outputs: ['y'], opset: 24 },
    weights: { new: { shape: [1, 1, 2], data: [0.25, -0.75] } },
    nodes: [
      { op: 'Cast', name: 'a', inputs: ['x'], outputs: ['h'], attributes: { to: 10 } },
      { op: 'Cast', name: 'b', inputs: ['new'], outputs: ['n'], attributes: { to: 10 } },
      { op: 'TensorScatter', inputs: ['h', 'n'], outputs: ['s'] },
      { op: 'Cast', name: 'c', inputs: ['s'], outputs: ['y'], attributes: { to: 1 } },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    const y = tf.tidy(() => (model.call(tf.fill([1, 2, 2], 0.5), {}) as tf.Tensor).arraySync())
    assert.equal(y, [
      [
        [0.25, -0.75],
        [0.5, 0.5],
      ],
    ])
  })
})

test('Col2Im of sizes that are not those of its input is refused before anything is made of them', async () => {
  for (const [image, block, attributes] of [
    [[2 ** 20, 2 ** 20], [1, 1], {}],
    [[5, 5], [2 ** 20, 2 ** 20], { pads: [2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20] }],
    [[5, 5], [3, 3], { strides: [0, 0] }],
  ] as const) {
    const bytes = makeOnnx({
      ...{ inputs: { x: [1, 18, 9] }, outputs: ['y'], opset: 18 },
      weights: { image: list(...image), block: list(...block) },
      nodes: [
        { op: 'Col2Im', name: 'c', inputs: ['x', 'image', 'block'], outputs: ['y'], attributes },
      ],
    })
    await withFile(bytes, async (path) => {
      try {
        await loadOnnx(path)
        assert.unreachable()
      } catch (error) {
        assert.match((error as Error).message, /c \(Col2Im\): input 0 must be \[batch, channels/)
      }
    })
  }
})

test.run()
