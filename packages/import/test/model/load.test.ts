import { adam, sparseCategoricalCrossentropy } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { exportOnnx } from '@ashlar/export'
import { onnx } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addLora, cut, loadOnnx, replaceHead } from '../../src/index.ts'
import {
  type MadeModel,
  makeOnnx,
  numbers,
  runBytes,
  weight,
  withFile,
} from '../support/make-onnx.ts'

const test = suite('models of ONNX files')

/** Two convolutions with a residual sum between them, and a classifier, as torch writes them. */
const network: MadeModel = {
  inputs: { x: ['batch', 3, 8, 8] },
  outputs: ['y'],
  weights: {
    'stem.conv.weight': weight([4, 3, 3, 3], 1, 0.4),
    'stem.bn.weight': { shape: [4], data: [1, 0.5, 2, 1.5] },
    'stem.bn.bias': weight([4], 2),
    'stem.bn.running_mean': weight([4], 3),
    'stem.bn.running_var': { shape: [4], data: [0.5, 1, 1.5, 2] },
    'block.conv.weight': weight([4, 4, 3, 3], 4, 0.4),
    'block.conv.bias': weight([4], 5),
    'fc.weight': weight([5, 4], 6),
    'fc.bias': weight([5], 7),
    axes: { shape: [2], data: [2, 3], type: 'int64' },
  },
  nodes: [
    {
      op: 'Conv',
      name: 'conv',
      inputs: ['x', 'stem.conv.weight'],
      outputs: ['a'],
      attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
    },
    {
      op: 'BatchNormalization',
      name: 'bn',
      inputs: [
        'a',
        'stem.bn.weight',
        'stem.bn.bias',
        'stem.bn.running_mean',
        'stem.bn.running_var',
      ],
      outputs: ['b'],
    },
    { op: 'Relu', name: 'relu', inputs: ['b'], outputs: ['c'] },
    {
      op: 'Conv',
      name: 'conv2',
      inputs: ['c', 'block.conv.weight', 'block.conv.bias'],
      outputs: ['d'],
      attributes: { pads: [1, 1, 1, 1] },
    },
    { op: 'Add', name: 'add', inputs: ['d', 'c'], outputs: ['e'] },
    { op: 'Relu', name: 'relu2', inputs: ['e'], outputs: ['f'] },
    { op: 'GlobalAveragePool', name: 'pool', inputs: ['f'], outputs: ['g'] },
    { op: 'Flatten', name: 'flat', inputs: ['g'], outputs: ['h'] },
    {
      op: 'Gemm',
      name: 'fc',
      inputs: ['h', 'fc.weight', 'fc.bias'],
      outputs: ['y'],
      attributes: { transB: 1 },
    },
  ],
}

const bytes = makeOnnx(network)
const shape = [3, 3, 8, 8]
const data = numbers(3 * 3 * 64, 9)
const load = (options = {}) => withFile(bytes, (path) => loadOnnx(path, options))

const run = (
  model: { apply(x: tf.Tensor): tf.Tensor },
  given = data,
  as: readonly number[] = shape,
) => tf.tidy(() => Array.from(model.apply(tf.tensor(given, [...as])).dataSync()))

test('compute what onnxruntime computes, and export again without transposes', async () => {
  const model = await load()
  const [wanted] = await runBytes(bytes, { x: { shape, data } })
  allClose(run(model), wanted!.data)
  const { bytes: again } = await exportOnnx(model, {})
  const [exported] = await runBytes(again, { x: { shape, data } })
  allClose(exported!.data, wanted!.data)
  const { graph } = onnx.ModelProto.decode(again)
  assert.equal(
    graph!.input!.map(({ name }) => name),
    ['x'],
  )
  assert.equal(
    graph!.output!.map(({ name }) => name),
    ['y'],
  )
  assert.is(graph!.node!.filter(({ opType }) => opType === 'Transpose').length, 0)
  // Batch norm in inference form went into the convolution before it.
  assert.is(graph!.node!.filter(({ opType }) => opType === 'BatchNormalization').length, 0)
  model.dispose()
})

test('have the names of the file, and statistics that no optimizer changes', async () => {
  const model = await load()
  const weights = model
    .namedWeights()
    .map(({ name, trainable }) => `${name}${trainable ? '' : ' (kept)'}`)
  assert.equal(weights, [
    'stem.conv.weight',
    'stem.bn.weight',
    'stem.bn.bias',
    'stem.bn.running_mean (kept)',
    'stem.bn.running_var (kept)',
    'block.conv.weight',
    'block.conv.bias',
    'fc.weight',
    'fc.bias',
  ])
  assert.equal(
    model.sublayers().map(({ path, layer }) => `${path} ${layer.getClassName()}`),
    ['stem.conv Conv', 'stem.bn BatchNormalization', 'block.conv Conv', 'fc Gemm'],
  )
  assert.match(String(model.summary()), /stem\.conv +Conv +\[\?, 4, 4, 4\] +108/)
  model.dispose()
})

const labels = () =>
  tf.tidy(() =>
    tf.tensor1d(
      Array.from({ length: 12 }, (_, at) => at % 5),
      'float32',
    ),
  )

test('train: every weight moves, and statistics follow the batches', async () => {
  const model = await load()
  const before = new Map(
    model.namedWeights().map(({ name, variable }) => [name, Array.from(variable.dataSync())]),
  )
  const [x, y] = [tf.tensor(numbers(12 * 192, 3), [12, 3, 8, 8]), labels()]
  model.compile({
    optimizer: adam({ learningRate: 1e-2 }),
    loss: sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: [],
  })
  const { loss: first } = await model.evaluate(x, y)
  await model.fit(x, y, { epochs: 40, batchSize: 6, seed: 1 })
  const { loss: last } = await model.evaluate(x, y)
  assert.ok(last! < first! * 0.9, `${first} to ${last}`)
  for (const { name, variable } of model.namedWeights()) {
    assert.not.equal(Array.from(variable.dataSync()), before.get(name), name)
  }
  const { bytes: again } = await exportOnnx(model, {})
  const [exported] = await runBytes(again, { x: { shape, data } })
  allClose(exported!.data, run(model), { relative: 1e-4, absolute: 1e-5 })
  tf.dispose([x, y])
  model.dispose()
})

test('train like the same network in float64: one step of gradient descent by finite differences', async () => {
  const model = await load({ batchNorm: 'frozen' })
  const x = tf.tensor(data, shape)
  const weights = model.namedWeights().filter(({ trainable }) => trainable)
  const [target] = [tf.tensor(numbers(15, 4), [3, 5])]
  const loss = () => tf.mean(tf.square(tf.sub(model.apply(x), target!))) as tf.Scalar
  const { grads } = tf.variableGrads(
    loss,
    weights.map(({ variable }) => variable),
  )
  for (const { name, variable, shape: own } of weights) {
    const gradient = grads[variable.name]!.dataSync()
    const values = Array.from(variable.dataSync())
    for (const at of [0, values.length - 1]) {
      const moved = (by: number) => {
        const changed = [...values]
        changed[at]! += by
        variable.assign(tf.tensor(changed, [...own]))
        return tf.tidy(() => loss().dataSync()[0]!)
      }
      const slope = (moved(2e-2) - moved(-2e-2)) / 4e-2
      moved(0)
      assert.ok(
        Math.abs(slope - gradient[at]!) < 2e-3 + 0.02 * Math.abs(slope),
        `${name}[${at}]: ${gradient[at]} for ${slope}`,
      )
    }
  }
  tf.dispose([x, target!, grads])
  model.dispose()
})

test('are cut at a layer, behind its activation and sum, and given a new head that alone is trained', async () => {
  const model = await load({
    output: 'block',
    head: { classes: 2 },
    freeze: 'all-but-head',
    layout: 'nhwc',
  })
  assert.equal(model.computeOutputShape([null, 8, 8, 3]), [null, 2])
  const trained = model.namedWeights().filter(({ trainable }) => trainable)
  assert.equal(
    trained.map(({ name }) => name),
    ['head.dense.kernel', 'head.dense.bias'],
  )
  // The features are those behind the last ReLU.
  const features = cut(await load(), 'block')
  const [wanted] = await runBytes(makeOnnx({ ...network, outputs: ['f'] }), { x: { shape, data } })
  allClose(run(features), wanted!.data)
  const other = replaceHead(features, { classes: 7 })
  assert.equal(other.computeOutputShape([null, 3, 8, 8]), [null, 7])
  const kept = model
    .namedWeights()
    .filter(({ name }) => name.startsWith('stem'))
    .map(({ variable }) => Array.from(variable.dataSync()))
  const [x, y] = [
    tf.tensor(numbers(12 * 192, 3), [12, 8, 8, 3]),
    tf.tidy(() => tf.cast(tf.mod(labels(), 2), 'float32')),
  ]
  model.compile({
    optimizer: 'adam',
    loss: sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: [],
  })
  await model.fit(x, y, { epochs: 2, batchSize: 6, seed: 1 })
  assert.equal(
    model
      .namedWeights()
      .filter(({ name }) => name.startsWith('stem'))
      .map(({ variable }) => Array.from(variable.dataSync())),
    kept,
  )
  tf.dispose([x, y])
})

test('are cut at values, nodes and places as well, and name the closest layer', async () => {
  const ends = async (output: string | number) =>
    (await load({ output })).computeOutputShape([null, 3, 8, 8])
  assert.equal(await ends('c'), [null, 4, 4, 4])
  assert.equal(await ends('pool'), [null, 4, 1, 1])
  assert.equal(await ends(-2), [null, 4])
  await refused(
    () => load({ output: 'blok' }),
    /must have a layer, node or value .* got "blok"\n {2}Did you mean "block/,
  )
  await refused(() => load({ output: 40 }), /a cut must be at a node from 0 to 8, got 40/)
})

test('take images with channels last, of other sizes, means and deviations, and gray ones', async () => {
  const options = { layout: 'nhwc', size: [8, 8], mean: [0.1, 0.2, 0.3], std: [0.5, 1, 2] } as const
  const model = await load(options)
  const gray = numbers(2 * 36, 5)
  const image = tf.tidy(() => {
    const sized = tf.image.resizeBilinear(tf.tensor4d(gray, [2, 6, 6, 1]), [8, 8], false, true)
    const full = tf.div(
      tf.sub(tf.tile(sized, [1, 1, 1, 3]), tf.tensor1d([0.1, 0.2, 0.3])),
      tf.tensor1d([0.5, 1, 2]),
    )
    return Float32Array.from(tf.transpose(full, [0, 3, 1, 2]).dataSync())
  })
  const [wanted] = await runBytes(bytes, { x: { shape: [2, 3, 8, 8], data: image } })
  allClose(run(model, gray, [2, 6, 6, 1]), wanted!.data, { absolute: 1e-5 })
  model.dispose()
})

test('that have channels last themselves take images as datasets have them', async () => {
  const last = makeOnnx({
    inputs: { x: ['batch', 5, 6, 3] },
    outputs: ['y'],
    weights: { k: weight([3, 2], 4) },
    nodes: [{ op: 'MatMul', name: 'm', inputs: ['x', 'k'], outputs: ['y'] }],
  })
  const options = { layout: 'nhwc', mean: [0.1, 0.2, 0.3], size: [5, 6] } as const
  for (const given of [{ layout: 'nhwc' } as const, options]) {
    const model = await withFile(last, (path) => loadOnnx(path, given))
    const image = numbers(2 * 90, 6)
    const means = 'mean' in given ? given.mean : [0, 0, 0]
    const data = image.map((each, at) => each - means[at % 3]!)
    const [wanted] = await runBytes(last, { x: { shape: [2, 5, 6, 3], data } })
    allClose(run(model, image, [2, 5, 6, 3]), wanted!.data, { absolute: 1e-5 })
    assert.equal(model.computeOutputShape([null, 5, 6, 3]), [null, 5, 6, 2])
    model.dispose()
  }
})

test('learn by adapters of low rank that begin as nothing and end in the weights of a file', async () => {
  const wide: MadeModel = {
    inputs: { x: ['batch', 16] },
    outputs: ['y'],
    weights: {
      'a.weight': weight([16, 12], 1),
      'a.bias': weight([12], 2),
      'b.weight': weight([12, 8], 3),
    },
    nodes: [
      { op: 'MatMul', name: 'm', inputs: ['x', 'a.weight'], outputs: ['p'] },
      { op: 'Add', name: 's', inputs: ['p', 'a.bias'], outputs: ['q'] },
      { op: 'Tanh', name: 't', inputs: ['q'], outputs: ['r'] },
      { op: 'MatMul', name: 'n', inputs: ['r', 'b.weight'], outputs: ['y'] },
    ],
  }
  const given = numbers(5 * 16, 8)
  const file = makeOnnx(wide)
  const model = await withFile(file, (path) =>
    loadOnnx(path, { lora: { rank: 2, alpha: 4, layers: ['a'] } }),
  )
  const trained = model.namedWeights().filter(({ trainable }) => trainable)
  assert.equal(
    trained.map(({ name, shape }) => `${name} ${shape}`),
    ['a.weight_lora_a 16,2', 'a.weight_lora_b 2,12'],
  )
  const [before] = await runBytes(file, { x: { shape: [5, 16], data: given } })
  allClose(run(model, given, [5, 16]), before!.data)
  const [x, y] = [tf.tensor(given, [5, 16]), tf.tensor(numbers(40, 2), [5, 8])]
  model.compile({ optimizer: 'adam', loss: 'mse', metrics: [] })
  await model.fit(x, y, { epochs: 5, batchSize: 5 })
  const { bytes: again } = await exportOnnx(model, {})
  const [after] = await runBytes(again, { x: { shape: [5, 16], data: given } })
  allClose(after!.data, run(model, given, [5, 16]), { absolute: 1e-5 })
  const { graph } = onnx.ModelProto.decode(again)
  assert.equal(graph!.node!.filter(({ opType }) => /MatMul|Gemm/.test(opType!)).length, 2)
  assert.throws(
    () => addLora(model, { rank: 20 }),
    /a layer must have a matrix to put an adapter beside/,
  )
  tf.dispose([x, y])
})

test('say which shape they take', async () => {
  const model = await load({ layout: 'nhwc' })
  assert.throws(
    () => run(model, numbers(2 * 3 * 10 * 10), [2, 10, 10, 3]),
    /^input x: must be \[\?, 3, 8, 8\], got \[2, 3, 10, 10\]\n {2}Images of another size/,
  )
  assert.throws(
    () => run(model, numbers(24), [2, 12]),
    /^input x: must have 4 axes, as \[batch, 3, 8, 8\]/,
  )
})

test('of a file for one sample take any batch', async () => {
  const fixed: MadeModel = {
    ...network,
    inputs: { x: [1, 3, 8, 8] },
    weights: { ...network.weights, rows: { shape: [2], data: [1, 4], type: 'int64' } },
    nodes: network.nodes.map((node) =>
      node.op === 'Flatten' ? { ...node, op: 'Reshape', inputs: ['g', 'rows'] } : node,
    ),
  }
  const model = await withFile(makeOnnx(fixed), (path) => loadOnnx(path))
  const [wanted] = await runBytes(bytes, { x: { shape, data } })
  allClose(run(model), wanted!.data)
})

/** @throws unless it is refused with such a message. */
async function refused(fn: () => Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await fn()
  } catch (error) {
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable('it must be refused')
}

test('weights that are called as TensorFlow.js would call others are told apart, in as many models as there are', () => {
  const names = ['weight', 'weight_1', 'weight_2', 'weight_1_1']
  const model = makeOnnx({
    inputs: { x: ['batch', 2] },
    outputs: ['y3'],
    weights: Object.fromEntries(names.map((name, at) => [`l${at}.${name}`, weight([2, 2], at)])),
    nodes: names.map((name, at) => ({
      ...{ op: 'MatMul', inputs: [at === 0 ? 'x' : `y${at - 1}`, `l${at}.${name}`] },
      outputs: [`y${at}`],
    })),
  })
  return withFile(model, async (path) => {
    for (let count = 0; count < 4; count++) {
      const loaded = await loadOnnx(path)
      assert.equal(
        loaded.namedWeights().map(({ name }) => name),
        names.map((name, at) => `l${at}.${name}`),
      )
    }
  })
})

test.run()
