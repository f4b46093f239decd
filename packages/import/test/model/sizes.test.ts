import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { capture } from '@ashlar/graph'
import { refusal } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx, type OnnxModel } from '../../src/index.ts'
import {
  type MadeModel,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'

const test = suite('sizes of ONNX files')

/** What a model gives for one input. */
function run(model: OnnxModel, given: ArrayLike<number>, shape: readonly number[]): Float32Array {
  return tf.tidy(() => {
    const x = tf.tensor(Array.from(given), [...shape], 'float32')
    return (model.apply(x) as tf.Tensor).dataSync() as Float32Array
  })
}

test('numbers that follow from a size are computed on beside a capture, whatever the network made of them before', async () => {
  const made: MadeModel = {
    inputs: { x: ['batch', 'width'] },
    outputs: ['y'],
    weights: {
      zero: { shape: [], data: [0], type: 'int64' },
      one: { shape: [], data: [1], type: 'int64' },
    },
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['sizes'] },
      { op: 'Gather', inputs: ['sizes', 'one'], outputs: ['width'] },
      { op: 'Range', inputs: ['zero', 'width', 'one'], outputs: ['places'] },
      { op: 'Cast', inputs: ['places'], outputs: ['floats'], attributes: { to: 1 } },
      { op: 'Add', inputs: ['x', 'floats'], outputs: ['sum'] },
      // Known as well, and computed from what the sum has just taken.
      { op: 'Sin', inputs: ['floats'], outputs: ['sines'] },
      { op: 'Transpose', inputs: ['sines'], outputs: ['turned'] },
      { op: 'Mul', inputs: ['sum', 'turned'], outputs: ['y'] },
    ],
  }
  const file = makeOnnx(made)
  const model = await withFile(file, (path) => loadOnnx(path))
  const inputs = { x: { shape: [null, null] } }
  const { bytes: again } = await exportOnnx(model, { inputs })
  for (const [rows, width] of [
    [2, 5],
    [1, 9],
  ] as const) {
    const fed = { x: { shape: [rows, width], data: numbers(rows * width) } }
    const [wanted] = await runBytes(file, fed)
    const [exported] = await runBytes(again, fed)
    allClose(exported!.data, wanted!.data)
    allClose(run(model, fed.x.data, fed.x.shape), wanted!.data)
  }
})

test('know a state by layers from a batch', async () => {
  const made: MadeModel = {
    inputs: { x: [1, 4], state: [2, 1, 4] },
    outputs: ['y'],
    weights: {
      zero: { shape: [], data: [0], type: 'int64' },
      one: { shape: [], data: [1], type: 'int64' },
    },
    nodes: [
      { op: 'Gather', name: '/a', inputs: ['state', 'zero'], outputs: ['first'] },
      { op: 'Gather', name: '/b', inputs: ['state', 'one'], outputs: ['second'] },
      { op: 'Mul', inputs: ['x', 'first'], outputs: ['product'] },
      { op: 'Add', inputs: ['product', 'second'], outputs: ['y'] },
    ],
  }
  const file = makeOnnx(made)
  const model = await withFile(file, (path) => loadOnnx(path))
  assert.equal(
    model.signature()!.inputs.map((each) => each.shape),
    [
      [null, 4],
      [2, 1, 4],
    ],
  )
  const fed = {
    x: { shape: [1, 4], data: numbers(4) },
    state: { shape: [2, 1, 4], data: numbers(8, 2) },
  }
  const [wanted] = await runBytes(file, fed)
  const { bytes: again } = await exportOnnx(model, {})
  const [exported] = await runBytes(again, fed)
  allClose(exported!.data, wanted!.data)
  // Where all of them begin with one number, that is the batch.
  const both = makeOnnx({
    ...made,
    inputs: { x: [2, 4], state: [2, 4] },
    nodes: [{ op: 'Add', inputs: ['x', 'state'], outputs: ['y'] }],
  })
  const loaded = await withFile(both, (path) => loadOnnx(path))
  assert.equal(
    loaded.signature()!.inputs.map((each) => each.shape),
    [
      [null, 4],
      [null, 4],
    ],
  )
})

for (const [name, shape, nodes] of [
  [
    'an axis of one before the batch',
    [1, 3],
    [
      { op: 'Transpose', inputs: ['x'], outputs: ['turned'], attributes: { perm: [1, 0, 2] } },
      { op: 'MatMul', inputs: ['turned', 'w'], outputs: ['y'] },
    ],
  ],
  [
    'a part of what was transposed',
    [5, 1, 3, 4],
    [
      {
        ...{ op: 'Transpose', inputs: ['x'], outputs: ['turned'] },
        attributes: { perm: [2, 0, 3, 1, 4] },
      },
      { op: 'Squeeze', inputs: ['turned', 'zero'], outputs: ['y'] },
    ],
  ],
] as const) {
  test(`${name} is moved alike at any batch, 1 too`, async () => {
    const file = makeOnnx({
      inputs: { x: ['batch', ...shape] },
      outputs: ['y'],
      weights: { w: weight([1, 3, 2]), zero: { shape: [1], data: [0], type: 'int64' } },
      nodes,
    })
    const model = await withFile(file, (path) => loadOnnx(path))
    const kernelsAt = (batch: number) =>
      capture(({ x }) => ({ y: model.apply(x!) as tf.Tensor }), {
        inputs: { x: { shape: [batch, ...shape], dtype: 'float32' } },
      }).nodes.map(({ op, attrs }) => `${op} ${JSON.stringify(attrs.perm ?? '')}`)
    assert.equal(kernelsAt(1), kernelsAt(7))
    const count = shape.reduce((product, size) => product * size, 2)
    const fed = { x: { shape: [2, ...shape], data: numbers(count) } }
    const [wanted] = await runBytes(file, fed)
    allClose(run(model, fed.x.data, fed.x.shape), wanted!.data)
  })
}

test('pictures of another size, and gray ones, are what a model is built for that brings them to its own; the file takes them too', async () => {
  const made: MadeModel = {
    inputs: { x: ['batch', 3, 4, 4] },
    outputs: ['y'],
    weights: { 'conv.weight': weight([2, 3, 4, 4], 3) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'conv.weight'], outputs: ['c'] },
      { op: 'Flatten', inputs: ['c'], outputs: ['y'] },
    ],
  }
  const file = makeOnnx(made)
  const model = await withFile(file, (path) => loadOnnx(path, { layout: 'nhwc', size: [4, 4] }))
  assert.equal(model.inputShape, [null, 4, 4, 3])
  const images = tf.tensor4d(numbers(2 * 36, 5), [2, 6, 6, 1])
  const labels = tf.tensor1d([0, 1], 'int32')
  model.compile({ optimizer: 'sgd', loss: 'sparse-categorical-crossentropy', metrics: [] })
  await model.fit(images, labels, { epochs: 1 })
  assert.equal(model.inputShape, [null, 6, 6, 1])
  const { bytes } = await exportOnnx(model, {})
  const shape = [2, 6, 6, 1]
  const [exported] = await runBytes(bytes, { x: { shape, data: numbers(2 * 36, 5) } })
  allClose(exported!.data, run(model, numbers(2 * 36, 5), shape), { absolute: 1e-5 })
  // What it is only run on does not change what it is built for.
  const others = tf.tensor4d(numbers(2 * 75, 6), [2, 5, 5, 3])
  await model.evaluate(others, labels)
  await model.predict(others)
  assert.equal(model.inputShape, [null, 6, 6, 1])
  others.dispose()
  // What it cannot take leaves it as it was.
  const plain = await withFile(file, (path) => loadOnnx(path, { layout: 'nhwc' }))
  plain.compile({ optimizer: 'sgd', loss: 'sparse-categorical-crossentropy', metrics: [] })
  const problem = await refusal(() => plain.fit(images, labels, { epochs: 1 }))
  assert.match(
    problem,
    /^input x: must be \[\?, 3, 4, 4\], got \[\d+, 1, 6, 6\]\n {2}Images of another size/,
  )
  assert.equal(plain.inputShape, [null, 4, 4, 3])
  tf.dispose([images, labels])
  for (const each of [model, plain]) each.dispose()
})

test.run()
