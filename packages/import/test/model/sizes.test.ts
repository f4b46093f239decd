import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx, type OnnxModel } from '../../src/index.ts'
import { type MadeModel, makeOnnx, numbers, runBytes, withFile } from '../support/make-onnx.ts'

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

test.run()
