import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MiniResNet, ResNet18 } from '@ashlar/blocks'
import { layers } from '@ashlar/core'
import { allClose, withoutLeaks } from '@ashlar/core/testing'
import { ConfigError, ExportError } from '@ashlar/errors'
import { isCapturing, onnx } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { exportOnnx, OPSETS } from '../src/index.ts'
import { images, tinyNet } from './support/models.ts'
import { refusal } from './support/refusal.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('exportOnnx')

test('a model is written with readable names, a dynamic batch, metadata, and no nodes to spare', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    const { bytes, report } = await exportOnnx(tinyNet(), { path, metadata: { seed: '3' } })
    assert.equal(new Uint8Array(await readFile(path)), new Uint8Array(bytes))
    assert.equal(await readdir(folder), ['model.onnx'])
    assert.equal(report.file.path, path)
    assert.equal(report.file.bytes, (await stat(path)).size)
    assert.equal(report.file.inputs, [
      { name: 'input', dtype: 'float32', shape: ['batch', 8, 8, 1] },
    ])
    assert.equal(report.file.outputs, [{ name: 'output', dtype: 'float32', shape: ['batch', 3] }])
    const model = onnx.ModelProto.decode(bytes)
    const { graph } = model
    assert.equal(
      graph!.node!.map(({ opType }) => opType),
      ['Reshape', 'Conv', 'ReduceMean', 'Gemm', 'Softmax'],
    )
    assert.equal(
      graph!.node!.flatMap(({ output }) => output),
      ['conv/Reshape', 'norm', 'pool', 'head/Gemm', 'output'],
    )
    assert.equal(report.file.nodes, 5)
    assert.equal(report.file.transposes, 0)
    assert.equal(graph!.name, 'TinyNet')
    assert.equal(model.producerName, 'ashlar')
    assert.equal(
      model.metadataProps!.map(({ key, value }) => [key, value]),
      [
        ['seed', '3'],
        ['ashlar.layout', 'nhwc'],
        ['ashlar.batch', '0'],
      ],
    )
    assert.ok(graph!.initializer!.every(({ rawData }) => rawData!.length > 0))
  })
})

test('the report says what was compared, and how close it is', async () => {
  const { report } = await withoutLeaks(async () => {
    const model = tinyNet()
    const exported = await exportOnnx(model, { samples: images(300) })
    model.dispose()
    return exported
  })
  const { verification } = report
  assert.ok(verification.passed)
  assert.not.match(verification.reference.backend, /onnxruntime/)
  assert.equal(
    verification.cases.map(({ inputs, batch }) => `${inputs} ${batch}`),
    ['random 1', 'zero 2', 'extreme 2', 'random 2', 'random 7', 'real 1', 'real 256'],
  )
  assert.is(verification.cases.at(-1)!.rows, 300, 'two batches, the second of 44')
  assert.ok(verification.maxAbsolute < 1e-6)
  assert.is(verification.argMaxAgreement, 1)
  assert.is(verification.accuracy!.samples, 300)
  assert.is(verification.accuracy!.model, verification.accuracy!.file)
  assert.equal(JSON.parse(JSON.stringify(report)), report)
})

slow('as many real samples as were asked for, at most 1,000 by default', async () => {
  const model = tinyNet()
  const samples = images(1500)
  for (const [options, wanted] of [
    [{}, 1000],
    [{ sampleCount: 1200 }, 1200],
    [{ sampleCount: 5 }, 5],
    [{ sampleCount: 2000 }, 1500],
  ] as const) {
    const { report } = await exportOnnx(model, { samples, ...options })
    assert.is(report.verification.accuracy!.samples, wanted)
  }
  const error = await refusal(() => exportOnnx(model, { samples, sampleCount: 0.5 }))
  assert.instance(error, ConfigError)
  assert.is(error.message, 'verification: `sampleCount` must be a whole number above 0, got 0.5')
})

test('a model that takes one size alone is refused with what to do', async () => {
  // As networks do that were made for images of one shape.
  const places = tf.ones([1, 64, 64, 3])
  const one = (x: tf.Tensor) => tf.sub(x, places)
  const error = await refusal(() =>
    exportOnnx(one, { inputs: { image: { shape: [null, null, null, 3] } } }),
  )
  assert.instance(error, ExportError)
  assert.match(
    error.message,
    /^export of one: the model must have a meaning in ONNX\n {2}capture: a model with sizes that vary must take more than one, got "one that works at image\[0\] = 64, image\[1\] = 64, image\[2\] = 64, and at no other size that was tried"\n {2}Fix the size\. It was refused at others because: Sub: two tensors must broadcast/,
  )
  assert.match(error.message, /on the command line --input image=\?,256,256,3\.$/)
  const fixed = { image: { shape: [null, 64, 64, 3] } }
  assert.ok((await exportOnnx(one, { inputs: fixed })).report.verification.passed)
})

slow(
  'the networks of the lesson have at most as many nodes as other exporters give them',
  async () => {
    for (const [model, nhwc, nchw] of [
      [new MiniResNet(10), 17, 16],
      [new ResNet18(10), 49, 48],
    ] as const) {
      model.build([null, 28, 28, 1])
      const { report } = await exportOnnx(model)
      assert.is(report.file.nodes, nhwc)
      assert.is(report.file.transposes, 0)
      const turned = await exportOnnx(model, { layout: 'nchw' })
      assert.is(turned.report.file.nodes, nchw)
      assert.equal(turned.report.file.inputs[0]!.shape, ['batch', 1, 28, 28])
      model.dispose()
    }
  },
)

test('channels first gives the same numbers for turned images', async () => {
  const model = tf.sequential({
    layers: [
      layers.conv2d({ filters: 5, kernelSize: 3, inputShape: [6, 7, 2] }),
      layers.maxPooling2d({ poolSize: 2 }),
    ],
  })
  const { bytes, report } = await exportOnnx(model, { layout: 'nchw' })
  assert.is(report.file.transposes, 0)
  assert.equal(report.file.outputs[0]!.shape, ['batch', 5, 2, 2])
  const x = tf.randomUniform([3, 6, 7, 2], -1, 1, 'float32', 5)
  const turned = tf.transpose(x, [0, 3, 1, 2])
  const expected = tf.transpose(model.predict(x) as tf.Tensor, [0, 3, 1, 2])
  const { data } = await runFile(bytes, {
    input: [turned.shape, turned.dataSync() as Float32Array],
  })
  allClose(data as Float32Array, expected.dataSync() as Float32Array)
})

test('functions export with the inputs that they are said to take', async () => {
  const scale = tf.tensor1d([1, 2, 3])
  const { bytes, report } = await exportOnnx(
    function scaled(a: tf.Tensor, b: tf.Tensor) {
      return { sum: tf.add(tf.mul(a, scale), b), positive: tf.greater(b, 0) }
    },
    { inputs: { a: { shape: [null, 3] }, b: { shape: [null, 1] } } },
  )
  assert.is(report.model, 'scaled')
  assert.equal(
    report.file.outputs.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape}`),
    ['sum float32 batch,3', 'positive bool batch,1'],
  )
  const { data } = await runFile(bytes, {
    a: [[1, 3], Float32Array.of(1, 1, 1)],
    b: [[1, 1], Float32Array.of(10)],
  })
  assert.equal([...data], [11, 12, 13])
})

test('an output that is called as an input gets a name of its own', async () => {
  const { report } = await exportOnnx((x) => ({ x: tf.relu(x), y: tf.neg(x) }), {
    inputs: { x: { shape: [null, 3] } },
  })
  assert.equal(
    report.file.outputs.map(({ name }) => name),
    ['x_output', 'y'],
  )
})

test('height and width may vary as well', async () => {
  const { bytes, report } = await exportOnnx(
    (x: tf.Tensor) => tf.mean(tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), [1, 2]),
    { inputs: { image: { shape: [null, null, null, 3] } } },
  )
  assert.equal(report.file.inputs[0]!.shape, ['batch', 'height', 'width', 3])
  const { dims } = await runFile(bytes, { image: [[1, 10, 14, 3], new Float32Array(420)] })
  assert.equal(dims, [1, 3])
})

slow('every opset from 13 on is written as asked', async () => {
  for (const opset of OPSETS) {
    const { bytes, report } = await exportOnnx(tinyNet(), { opset })
    assert.is(report.file.opset, opset)
    assert.is(Number(onnx.ModelProto.decode(bytes).opsetImport![0]!.version), opset)
  }
  const { message } = await refusal(() => exportOnnx(tinyNet(), { opset: 9 }))
  assert.is(message, 'exportOnnx: `opset` must be from 13 to 21, got 9')
})

slow(
  'weights that are too many for one file lie beside it, and the old ones go when it is replaced',
  async () => {
    await inScratch(async (folder) => {
      const path = join(folder, 'wide.onnx')
      const wide = (seed: number) =>
        tf.sequential({
          layers: [
            layers.dense({
              units: 64,
              inputShape: [32],
              kernelInitializer: tf.initializers.randomNormal({ seed }),
            }),
          ],
        })
      const first = await exportOnnx(wide(1), { path, externalDataFrom: 4096 })
      assert.is(first.report.file.dataBytes, 32 * 64 * 4)
      const [, data] = await readdir(folder)
      assert.match(data!, /^wide\.onnx\.[0-9a-f]{12}\.data$/)
      await runFile(path, { input: [[1, 32], new Float32Array(32)] })

      const model = wide(2)
      await exportOnnx(model, { path, externalDataFrom: 4096 })
      const names = await readdir(folder)
      assert.is(names.length, 2)
      assert.is.not(names[1], data)
      const x = Float32Array.from({ length: 32 }, (_, index) => index / 32)
      const expected = model.predict(tf.tensor2d(x, [1, 32])) as tf.Tensor
      const { data: actual } = await runFile(path, { input: [[1, 32], x] })
      allClose(actual as Float32Array, expected.dataSync() as Float32Array)

      await exportOnnx(wide(3), { path })
      assert.equal(await readdir(folder), ['wide.onnx'])
    })
    const { message } = await refusal(() => exportOnnx(tinyNet(), { externalDataFrom: 1 }))
    assert.match(message, /^exportOnnx: `path` must be given for a model of \d+ bytes/)
  },
)

test('a file that does not equal the model is refused, and a good one stays', async () => {
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    await writeFile(path, 'a good one')
    // Computes something else when it is captured, so the file cannot equal it.
    const error = await refusal(() =>
      exportOnnx((x: tf.Tensor) => tf.add(x, isCapturing() ? 0 : 1), {
        inputs: { x: { shape: [null, 3] } },
        path,
      }),
    )
    assert.instance(error, ExportError)
    assert.match(error.message, /output output differs by 1\.0 on random inputs of batch 1/)
    assert.is(await readFile(path, 'utf8'), 'a good one')
    assert.equal(await readdir(folder), ['model.onnx'])
  })
})

test('a function that reads numbers is told what to do instead; one that waits for constants is fine', async () => {
  const inputs = { x: { shape: [null, 3] } }
  const half = tf.scalar(0.5)
  const { report } = await exportOnnx(async (x) => tf.mul(x, (await half.data())[0]!), { inputs })
  assert.ok(report.verification.passed)
  for (const read of [
    (x: tf.Tensor) => tf.mul(x, x.sum().dataSync()[0]!),
    async (x: tf.Tensor) => tf.mul(x, (await x.sum().data())[0]!),
    async (x: tf.Tensor) => tf.whereAsync(tf.cast(x, 'bool')),
  ]) {
    const { message } = await refusal(() => exportOnnx(read, { inputs }))
    assert.match(message, /numbers must not be read while the program is captured/)
    assert.match(message, /Where a number decides what runs next, use cond\(\) or whileLoop\(\)/)
  }
})

test('what has no meaning in ONNX is refused with its place', async () => {
  const { message } = await refusal(() =>
    exportOnnx((x: tf.Tensor) => tf.mul(x, x.dataSync()[0]!), { inputs: { x: { shape: [2] } } }),
  )
  assert.match(message, /^export of function: the model must have a meaning in ONNX\n {2}capture/)
  assert.match(message, /numbers must not be read/)
  const other = await refusal(() => exportOnnx('model.json' as never))
  assert.is(
    other.message,
    'exportOnnx: must be a Model, a tfjs LayersModel or GraphModel, or a function of tensors, got "model.json"',
  )
  const layout = await refusal(() => exportOnnx(tinyNet(), { layout: 'hwcn' as never }))
  assert.is(layout.message, 'exportOnnx: `layout` must be nhwc or nchw, got "hwcn"')
})

test.run()
