import { allClose } from '@ashlar/core/testing'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportOnnx, loadTfjsModel } from '../../../src/index.ts'
import { refusal } from '../../support/refusal.ts'
import { runFile } from '../../support/run.ts'
import { graphNode as node, shapeAttr, writeModel } from '../../support/saved.ts'
import { inScratch } from '../../support/scratch.ts'

const test = suite('graph models')

const weights = tf.randomUniform([3 * 3 * 2 * 4 + 4 + 100 * 3], -1, 1, 'float32', 4).dataSync()

const constant = (name: string, shape: readonly number[], type = 'DT_FLOAT') =>
  node(name, 'Const', [], shapeAttr(shape, type))

/** A convolution with bias, flattened by its own shape, and a matrix product: what converters make of a small Keras model. */
const nodes = [
  node('image', 'Placeholder', [], shapeAttr([-1, 5, 5, 2])),
  constant('conv/filter', [3, 3, 2, 4]),
  constant('conv/bias', [4]),
  constant('head/weights', [100, 3]),
  constant('zero', [1], 'DT_INT32'),
  constant('one', [1], 'DT_INT32'),
  constant('rest', [], 'DT_INT32'),
  node('conv/Conv2D', 'Conv2D', ['image', 'conv/filter'], {
    strides: { list: { i: ['1', '1', '1', '1'] } },
    padding: { s: 'U0FNRQ==' },
    data_format: { s: 'TkhXQw==' },
    dilations: { list: { i: ['1', '1', '1', '1'] } },
  }),
  node('conv/BiasAdd', 'BiasAdd', ['conv/Conv2D', 'conv/bias']),
  node('conv/Relu', 'Relu', ['conv/BiasAdd']),
  node('flatten/Shape', 'Shape', ['conv/Relu'], { out_type: { type: 'DT_INT32' } }),
  node('flatten/batch', 'StridedSlice', ['flatten/Shape', 'zero', 'one', 'one'], {
    shrink_axis_mask: { i: '1' },
    begin_mask: { i: '0' },
    end_mask: { i: '0' },
    ellipsis_mask: { i: '0' },
    new_axis_mask: { i: '0' },
  }),
  node('flatten/shape', 'Pack', ['flatten/batch', 'rest'], { axis: { i: '0' } }),
  node('flatten/Reshape', 'Reshape', ['conv/Relu', 'flatten/shape']),
  node('head/MatMul', 'MatMul', ['flatten/Reshape', 'head/weights'], {
    transpose_a: { b: false },
    transpose_b: { b: false },
  }),
  node('Identity', 'Identity', ['head/MatMul']),
]

const entry = (name: string, shape: readonly number[]) => ({
  name,
  dtype: 'DT_FLOAT',
  tensorShape: { dim: shape.map((size) => ({ size: String(size) })) },
})

const signature = {
  inputs: { picture: entry('image:0', [-1, 5, 5, 2]) },
  outputs: { scores: entry('Identity:0', [-1, 3]) },
}

/** Loads these nodes as a graph model with the weights above. */
async function graphModel(
  folder: string,
  graph: readonly object[] = nodes,
  rest: object = { signature },
): Promise<tf.GraphModel> {
  const ints = Int32Array.of(0, 1, -1)
  const data = new Uint8Array(weights.byteLength + ints.byteLength)
  data.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength))
  data.set(new Uint8Array(ints.buffer), weights.byteLength)
  const spec = (name: string, shape: readonly number[], dtype = 'float32') => ({
    name,
    shape,
    dtype,
  })
  const path = await writeModel(folder, {
    format: 'graph-model',
    modelTopology: { node: graph, library: {}, versions: {} },
    weights: [
      spec('conv/filter', [3, 3, 2, 4]),
      spec('conv/bias', [4]),
      spec('head/weights', [100, 3]),
      spec('zero', [1], 'int32'),
      spec('one', [1], 'int32'),
      spec('rest', [], 'int32'),
    ],
    data,
    rest,
  })
  return (await loadTfjsModel(path)) as tf.GraphModel
}

test('shapes that the graph computes with follow the batch; names come from the signature and the nodes', async () => {
  await inScratch(async (folder) => {
    const model = await graphModel(folder)
    const { bytes, report } = await exportOnnx(model, { name: 'small' })
    assert.is(report.model, 'small')
    assert.equal(report.file.inputs, [
      { name: 'picture', dtype: 'float32', shape: ['batch', 5, 5, 2] },
    ])
    assert.equal(report.file.outputs, [{ name: 'scores', dtype: 'float32', shape: ['batch', 3] }])
    const x = tf.randomUniform([4, 5, 5, 2], -1, 1, 'float32', 8)
    const { data } = await runFile(bytes, { picture: [x.shape, x.dataSync() as Float32Array] })
    allClose(data as Float32Array, (model.predict(x) as tf.Tensor).dataSync() as Float32Array, {
      absolute: 1e-5,
    })
  })
})

test('weights and nodes of the file have the names of the nodes that they belong to, and the model is as it was', async () => {
  await inScratch(async (folder) => {
    const model = await graphModel(folder)
    for (const round of [1, 2]) {
      const { bytes } = await exportOnnx(model)
      const graph = onnx.ModelProto.decode(bytes).graph!
      const weights = graph.initializer!.map(({ name }) => name!)
      for (const name of ['conv/Conv2D/Conv.1', 'conv/Conv2D/Conv.2', 'head/MatMul/Gemm.1']) {
        assert.ok(weights.includes(name), `${name} in ${weights}, round ${round}`)
      }
    }
  })
})

test('without a signature, names are those of the nodes', async () => {
  await inScratch(async (folder) => {
    const { report } = await exportOnnx(await graphModel(folder, nodes, {}))
    assert.is(report.file.inputs[0]!.name, 'image')
    assert.is(report.file.outputs[0]!.name, 'Identity')
    const named = await exportOnnx(await graphModel(folder), {
      inputs: { x: { shape: [1, 5, 5, 2] } },
    })
    assert.equal(named.report.file.inputs[0], { name: 'x', dtype: 'float32', shape: [1, 5, 5, 2] })
  })
})

test('ops that TensorFlow.js does not know are named, unless nothing needs them', async () => {
  await inScratch(async (folder) => {
    const odd = node('odd', 'FlyToTheMoon', ['conv/Relu'])
    const unused = await graphModel(folder, [...nodes, odd])
    assert.ok((await exportOnnx(unused)).report.verification.passed)
    const used = nodes.map((each) =>
      (each as { name: string }).name === 'Identity' ? node('Identity', 'Identity', ['odd']) : each,
    )
    const { message } = await refusal(async () =>
      exportOnnx(await graphModel(folder, [...used, odd])),
    )
    assert.is(
      message,
      'export of GraphModel: TensorFlow.js must know every op of the graph; it has no FlyToTheMoon (node odd)\n' +
        '  Register what the op does: tf.registerOp(name, (node) => ...).',
    )
  })
})

test('inputs of unknown shape must be given, all of them', async () => {
  await inScratch(async (folder) => {
    const shapeless = [
      node('image', 'Placeholder', [], { dtype: { type: 'DT_FLOAT' } }),
      ...nodes.slice(1),
    ]
    const { message } = await refusal(async () =>
      exportOnnx(await graphModel(folder, shapeless, {})),
    )
    assert.match(
      message,
      /^exportOnnx: `inputs` must be given: the graph does not say which shape image has/,
    )
    const shape = [null, 5, 5, 2]
    const model = await graphModel(folder, shapeless, {})
    assert.ok(
      (await exportOnnx(model, { inputs: { image: { shape } } })).report.verification.passed,
    )
    const other = await refusal(() =>
      exportOnnx(model, { inputs: { image: { shape }, mask: { shape } } }),
    )
    assert.is(
      other.message,
      'export of GraphModel: `inputs` must be those of the graph: image, got ["image", "mask"]',
    )
  })
})

test.run()
