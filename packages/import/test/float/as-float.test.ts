import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx, type OnnxModel } from '../../src/index.ts'
import {
  type MadeTensor,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'
import {
  bias,
  floatNetwork,
  kernel,
  kernelScale,
  matrix,
  network,
  number,
  whole,
} from '../support/quantized.ts'

const test = suite('quantized files as floats')

/** Optimized, onnxruntime rounds what products of rounded weights take as well. */
const AS_WRITTEN = { graphOptimizationLevel: 'disabled' } as const

const shape = [5, 2, 6, 6]
const data = numbers(5 * 72, 7)

const run = (model: OnnxModel, given = data, as: readonly number[] = shape) =>
  tf.tidy(() => Array.from(model.apply<tf.Tensor>(tf.tensor(given, [...as])).dataSync()))

const ops = (bytes: Uint8Array) =>
  onnx.ModelProto.decode(bytes).graph!.node!.map(({ opType }) => opType!)

/** Up to which number bytes reach, and what was left out then. */
for (const [name, high, activation] of [
  ['ReLU', 3.3, { op: 'Relu', inputs: [], outputs: [] }],
  ['ReLU6', 6, { op: 'Clip', inputs: ['low', 'high'], outputs: [] }],
] as const) {
  test(`bytes that end at 0 are the ${name} that a quantizer left out; the rest is the float arithmetic of the file's weights`, async () => {
    const bytes = makeOnnx(network(high))
    await withFile(bytes, async (path) => {
      const model = await loadOnnx(path)
      assert.equal(
        model.namedWeights().map(({ name, trainable }) => [name, trainable]),
        ['conv.weight', 'conv.bias', 'fc.weight'].map((each) => [each, true]),
      )
      assert.equal(
        model.sublayers().map(({ path, layer }) => `${path} ${layer.getClassName()}`),
        ['conv Conv', 'fc MatMul'],
      )
      const [wanted] = await runBytes(makeOnnx(floatNetwork(activation)), { x: { shape, data } })
      allClose(run(model), wanted!.data, { absolute: 1e-5 })
      // Of the file itself, no more than its rounding.
      const [rounded] = await runBytes(bytes, { x: { shape, data } })
      allClose(run(model), rounded!.data, { absolute: 0.06 })
      assert.is(model.notes.length, 1)
      assert.match(
        model.notes[0]!,
        /^It is quantized, and read as floats: 3 tensors of whole numbers/,
      )
      // What lies behind the activation has the name that it had.
      const cut = await loadOnnx(path, { output: 'features' })
      assert.ok(run(cut).every((each) => each >= 0 && each <= (name === 'ReLU6' ? 6 : 100)))
      cut.dispose()
      model.dispose()
    })
  })
}

test('every weight trains, and what is exported is a file of floats', () =>
  withFile(makeOnnx(network(3.3)), async (path) => {
    const model = await loadOnnx(path)
    const before = new Map(
      model.namedWeights().map(({ name, variable }) => [name, Array.from(variable.dataSync())]),
    )
    const [x, y] = [tf.tensor(data, shape), tf.tensor(numbers(15, 3), [5, 3])]
    model.compile({ optimizer: 'adam', loss: 'mse', metrics: [] })
    await model.fit(x, y, { epochs: 2, batchSize: 5 })
    for (const { name, variable } of model.namedWeights()) {
      assert.not.equal(Array.from(variable.dataSync()), before.get(name), name)
    }
    const { bytes } = await exportOnnx(model, {})
    assert.not.ok(ops(bytes).some((op) => /Quantize|Integer|QLinear/.test(op)))
    const [exported] = await runBytes(bytes, { x: { shape, data } })
    allClose(exported!.data, run(model), { absolute: 1e-5 })
    tf.dispose([x, y])
    model.dispose()
  }))

test('what a quantizer means by one scale, by one for each channel and by one for each block is what onnxruntime computes', async () => {
  const table = whole([4, 6], 5, 'uint8')
  for (const [scales, zeros, attributes] of [
    [number(0.02), number(7, 'uint8'), {}],
    [
      { shape: [6], data: [1, 2, 3, 4, 5, 6].map((each) => each / 100) },
      { shape: [6], data: [0, 3, 255, 128, 5, 9], type: 'uint8' },
      { axis: -1 },
    ],
    [
      { shape: [4, 2], data: Array.from({ length: 8 }, (_, at) => (at + 1) / 50) },
      { shape: [4, 2], data: [9, 8, 7, 6, 5, 4, 3, 2], type: 'uint8' },
      { axis: 1, block_size: 3 },
    ],
  ] as const satisfies readonly (readonly [MadeTensor, MadeTensor, object])[]) {
    const bytes = makeOnnx({
      inputs: { x: ['batch', 4] },
      outputs: ['y'],
      weights: { 'm.weight_q': table, s: scales, z: zeros },
      nodes: [
        { op: 'DequantizeLinear', inputs: ['m.weight_q', 's', 'z'], outputs: ['w'], attributes },
        { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
      ],
      opset: 21,
    })
    await withFile(bytes, async (path) => {
      const model = await loadOnnx(path)
      assert.equal(
        model.namedWeights().map(({ name }) => name),
        ['m.weight'],
      )
      const given = numbers(12, 4)
      const [wanted] = await runBytes(bytes, { x: { shape: [3, 4], data: given } }, AS_WRITTEN)
      allClose(run(model, given, [3, 4]), wanted!.data)
      model.dispose()
    })
  }
})

test('numbers of 4 bits in blocks are floats as well', async () => {
  const at = (count: number) => Array.from({ length: count }, (_, each) => each)
  const bytes = makeOnnx({
    inputs: { x: ['batch', 7] },
    outputs: ['y'],
    weights: {
      'm.weight_q': { shape: [7, 3], type: 'int4', data: at(21).map((each) => (each % 16) - 8) },
      s: { shape: [2, 3], data: at(6).map((each) => (each + 1) / 20) },
      z: { shape: [2, 3], type: 'int4', data: [0, 1, -2, 3, -8, 7] },
    },
    nodes: [
      {
        ...{ op: 'DequantizeLinear', inputs: ['m.weight_q', 's', 'z'], outputs: ['w'] },
        attributes: { axis: 0, block_size: 4 },
      },
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
    ],
    opset: 21,
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    assert.equal(
      model.namedWeights().map(({ name, trainable }) => [name, trainable]),
      [['m.weight', true]],
    )
    const given = numbers(21, 4)
    const [wanted] = await runBytes(bytes, { x: { shape: [3, 7], data: given } }, AS_WRITTEN)
    allClose(run(model, given, [3, 7]), wanted!.data)
    model.dispose()
  })
})

test('floats that are rounded to be trained with it are the weights, as they are rounded', async () => {
  const bytes = makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: {
      'm.weight': weight([4, 3], 8),
      s: { shape: [3], data: [0.01, 0.004, 0.005] },
      z: { shape: [3], data: [0, 0, 0], type: 'int8' },
    },
    nodes: [
      {
        ...{ op: 'QuantizeLinear', inputs: ['m.weight', 's', 'z'], outputs: ['q'] },
        attributes: { axis: 1 },
      },
      {
        ...{ op: 'DequantizeLinear', inputs: ['q', 's', 'z'], outputs: ['w'] },
        attributes: { axis: 1 },
      },
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    assert.equal(
      model.namedWeights().map(({ name }) => name),
      ['m.weight'],
    )
    const given = numbers(12, 4)
    const [wanted] = await runBytes(bytes, { x: { shape: [3, 4], data: given } }, AS_WRITTEN)
    allClose(run(model, given, [3, 4]), wanted!.data)
    model.dispose()
  })
})

test('whole numbers that are handed on, and operators of them, are floats as well', async () => {
  const scale = { xs: number(2 / 255), xz: number(128, 'uint8') }
  const bytes = makeOnnx({
    inputs: { x: ['batch', 2, 6, 6] },
    outputs: ['y'],
    weights: {
      ...scale,
      'conv.weight_quantized': kernel,
      'conv.weight_scale': kernelScale,
      'conv.weight_zero_point': { shape: [4], data: [0, 0, 0, 0], type: 'int8' },
      'conv.bias_quantized': bias,
      cs: number(12.7 / 255),
      cz: number(0, 'uint8'),
      'fc.weight_quantized': matrix,
      ws: number(0.003),
      wz: number(0, 'int8'),
      ys: number(0.02),
      yz: number(110, 'uint8'),
      size: { shape: [2], data: [0, -1], type: 'int64' },
      axes: { shape: [2], data: [2, 3], type: 'int64' },
    },
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 'xs', 'xz'], outputs: ['x_quantized'] },
      {
        ...{ op: 'QLinearConv', name: 'conv_quant', outputs: ['c_quantized'] },
        inputs: [
          ...['x_quantized', 'xs', 'xz', 'conv.weight_quantized', 'conv.weight_scale'],
          ...['conv.weight_zero_point', 'cs', 'cz', 'conv.bias_quantized'],
        ],
      },
      {
        ...{ op: 'MaxPool', name: 'pool', inputs: ['c_quantized'], outputs: ['p_quantized'] },
        attributes: { kernel_shape: [4, 4] },
      },
      { op: 'Reshape', name: 'flat', inputs: ['p_quantized', 'size'], outputs: ['f_quantized'] },
      {
        ...{ op: 'QLinearMatMul', name: 'fc_quant', outputs: ['y_quantized'] },
        inputs: ['f_quantized', 'cs', 'cz', 'fc.weight_quantized', 'ws', 'wz', 'ys', 'yz'],
      },
      { op: 'DequantizeLinear', inputs: ['y_quantized', 'ys', 'yz'], outputs: ['y'] },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    assert.equal(
      model.namedWeights().map(({ name }) => name),
      ['conv.weight', 'conv.bias', 'fc.weight'],
    )
    const [rounded] = await runBytes(bytes, { x: { shape, data } })
    allClose(run(model), rounded!.data, { absolute: 0.05 })
    const { bytes: again } = await exportOnnx(model, {})
    assert.equal(
      ops(again).filter((op) => op !== 'Reshape'),
      ['Conv', 'Relu', 'MaxPool', 'Gemm'],
    )
    model.dispose()
  })
})

test('products whose inputs are rounded as they come, and rows of tables, are floats', async () => {
  const table = whole([7, 4], 6, 'int8')
  const bytes = makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: {
      'embed.weight_quantized': table,
      ts: number(0.01),
      tz: number(3, 'int8'),
      row: { shape: [], data: [2], type: 'int64' },
      'fc.weight_quantized': matrix,
      ws: { shape: [3], data: [0.002, 0.003, 0.005] },
      wz: { shape: [3], data: [0, 0, 0], type: 'int8' },
      'fc.bias': weight([3], 9),
    },
    nodes: [
      { op: 'Gather', name: 'look', inputs: ['embed.weight_quantized', 'row'], outputs: ['r_q'] },
      { op: 'DequantizeLinear', inputs: ['r_q', 'ts', 'tz'], outputs: ['r'] },
      { op: 'Add', name: 'sum', inputs: ['x', 'r'], outputs: ['a'] },
      { op: 'DynamicQuantizeLinear', inputs: ['a'], outputs: ['aq', 'as', 'az'] },
      {
        ...{ op: 'MatMulInteger', name: 'fc_quant', outputs: ['i'] },
        inputs: ['aq', 'fc.weight_quantized', 'az', 'wz'],
      },
      { op: 'Cast', inputs: ['i'], outputs: ['f'], attributes: { to: 1 } },
      { op: 'Mul', name: 'scales', inputs: ['as', 'ws'], outputs: ['s'] },
      { op: 'Mul', name: 'scaled', inputs: ['f', 's'], outputs: ['p'] },
      { op: 'Add', name: 'bias', inputs: ['p', 'fc.bias'], outputs: ['y'] },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    assert.equal(
      model.namedWeights().map(({ name }) => name),
      ['embed.weight', 'fc.weight', 'fc.bias'],
    )
    const given = numbers(20, 5)
    const [rounded] = await runBytes(bytes, { x: { shape: [5, 4], data: given } })
    allClose(run(model, given, [5, 4]), rounded!.data, { absolute: 0.02 })
    const { bytes: again } = await exportOnnx(model, {})
    assert.not.ok(ops(again).some((op) => /Quantize|Integer/.test(op)))
    model.dispose()
  })
})

test('bytes that are an output as well come before the activation that they stand for', async () => {
  const bytes = makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y', 'z'],
    weights: { 'm.weight': weight([4, 3], 8), s: number(0.01), z0: number(0, 'uint8') },
    nodes: [
      { op: 'MatMul', name: 'm', inputs: ['x', 'm.weight'], outputs: ['p'] },
      { op: 'QuantizeLinear', name: 'round', inputs: ['p', 's', 'z0'], outputs: ['q'] },
      { op: 'Cast', name: 'cast', inputs: ['q'], outputs: ['y'], attributes: { to: 1 } },
      { op: 'DequantizeLinear', name: 'floats', inputs: ['q', 's', 'z0'], outputs: ['z'] },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    const given = numbers(12, 4)
    const wanted = await runBytes(bytes, { x: { shape: [3, 4], data: given } }, AS_WRITTEN)
    const [y, z] = tf.tidy(() =>
      model.apply<tf.Tensor[]>(tf.tensor(given, [3, 4])).map((each) => Array.from(each.dataSync())),
    )
    allClose(y!, wanted[0]!.data)
    allClose(z!, wanted[1]!.data, { absolute: 0.006 })
    model.dispose()
  })
})

test('the bias of QGemm is multiplied by alpha with the products', async () => {
  const bytes = makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: {
      ...{ xs: number(2 / 255), xz: number(128, 'uint8'), matrix },
      ...{ ws: number(0.003), wz: number(0, 'int8') },
      b: { shape: [3], data: [20000, -9000, 5000], type: 'int32' },
    },
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 'xs', 'xz'], outputs: ['q'] },
      {
        ...{ op: 'QGemm', name: 'fc', domain: 'com.microsoft', outputs: ['y'] },
        inputs: ['q', 'xs', 'xz', 'matrix', 'ws', 'wz', 'b'],
        attributes: { alpha: { float: 2.5 } },
      },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    const given = numbers(12, 4)
    const [wanted] = await runBytes(bytes, { x: { shape: [3, 4], data: given } })
    allClose(run(model, given, [3, 4]), wanted!.data, { absolute: 0.02 })
    model.dispose()
  })
})

test('rounding that nothing undoes stays, and is told of', async () => {
  const bytes = makeOnnx({
    inputs: { x: ['batch', 4] },
    outputs: ['y'],
    weights: { 'm.weight': weight([4, 3], 8), s: number(0.1), z: number(9, 'uint8') },
    nodes: [
      { op: 'MatMul', name: 'm', inputs: ['x', 'm.weight'], outputs: ['p'] },
      { op: 'QuantizeLinear', name: 'round', inputs: ['p', 's', 'z'], outputs: ['q'] },
      { op: 'Cast', name: 'cast', inputs: ['q'], outputs: ['y'], attributes: { to: 1 } },
    ],
  })
  await withFile(bytes, async (path) => {
    const model = await loadOnnx(path)
    assert.equal(model.notes, [
      'The rounding of round is computed as the file has it; gradients pass it as if it were not there.',
    ])
    const given = numbers(12, 4)
    const [wanted] = await runBytes(bytes, { x: { shape: [3, 4], data: given } }, AS_WRITTEN)
    allClose(run(model, given, [3, 4]), wanted!.data)
    model.dispose()
  })
})

test.run()
