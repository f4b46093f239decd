import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodingMetadata, layers, Model, type OutputEncoding, readEncodings } from '@ashlar/core'
import { ConfigError, ExportError } from '@ashlar/errors'
import { onnx } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import {
  exportOnnx,
  inspectFile,
  onnxExporter,
  type Reduction,
  reduceOnnx,
  verifyModelFile,
} from '../src/index.ts'
import { images, tinyNet } from './support/models.ts'
import { refusal } from './support/refusal.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('names of classes in the file')

const CLASSES = ['Katze', 'Hund: groß', '猫']

const said = (output: OutputEncoding) => encodingMetadata({ output })

/** A dense layer on four numbers. */
class Dense extends Model {
  readonly head: ReturnType<typeof layers.dense>

  constructor(units: number, activation: 'linear' | 'softmax' | 'sigmoid') {
    super({ seed: 7 })
    this.head = layers.dense({ units, activation })
    this.build([null, 4])
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(x)
  }
}

const ROWS = Float32Array.from({ length: 20 * 4 }, (_, at) => Math.sin(at * 7 + 1) * 3)

/** The names of rows, and the numbers beside them. */
async function answers(file: Uint8Array | string, label = 'label', output = 'output') {
  const feeds = { input: [[20, 4], ROWS] as const }
  const names = await runFile(file, feeds, label)
  const numbers = await runFile(file, feeds, output)
  assert.equal(names.dims, [20])
  return { names: [...(names.data as unknown as string[])], numbers: [...numbers.data] as number[] }
}

for (const [gives, activation] of [
  ['logits', 'linear'],
  ['probabilities', 'softmax'],
] as const) {
  test(`${gives}: \`label\` is the class of the largest number`, () =>
    inScratch(async (folder) => {
      const model = new Dense(3, activation)
      const path = join(folder, 'model.onnx')
      const metadata = said({ task: 'classification', classes: CLASSES, gives })
      const { report } = await exportOnnx(model, { path, labels: true, metadata })
      assert.equal(report.file.outputs, [
        { name: 'output', dtype: 'float32', shape: ['batch', 3] },
        { name: 'label', dtype: 'string', shape: ['batch'] },
      ])
      const { names, numbers } = await answers(path)
      const expected = names.map((_, row) => {
        const own = numbers.slice(row * 3, row * 3 + 3)
        return CLASSES[own.indexOf(Math.max(...own))]!
      })
      assert.equal(names, expected)
      assert.is(new Set(names).size, 3)
      const found = await inspectFile(path)
      assert.equal([found.outputs, found.textOutputs], [['output', 'label'], ['label']])
      assert.equal(readEncodings(found.metadata, path).output, {
        ...{ task: 'classification', classes: CLASSES, gives, label: 'label' },
      })
      const { passed, cases } = await verifyModelFile(path, model)
      assert.ok(passed)
      for (const { outputs } of cases) {
        const named = outputs.find(({ output }) => output === 'label')
        assert.equal([named?.passed, named?.isLabel, named?.argMaxAgreement], [true, true, 1])
      }
      model.dispose()
    }))
}

for (const [gives, activation, middle] of [
  ['logits', 'linear', 0],
  ['probabilities', 'sigmoid', 0.5],
] as const) {
  test(`one number of two classes, ${gives}: the second above ${middle}`, async () => {
    const model = new Dense(1, activation)
    const metadata = said({ task: 'classification', classes: ['no', 'yes'], gives })
    const { bytes } = await exportOnnx(model, { labels: true, metadata })
    const { names, numbers } = await answers(bytes)
    assert.equal(
      names,
      numbers.map((each) => (each > middle ? 'yes' : 'no')),
    )
    assert.is(new Set(names).size, 2)
    model.dispose()
  })
}

test('of several outputs each that tells classes has names, and none has the name of another', async () => {
  const x = tf.input({ shape: [4], name: 'input' })
  const kind = tf.layers.dense({ units: 3, name: 'kind' }).apply(x)
  const size = tf.layers.dense({ units: 1, name: 'kind_label' }).apply(x)
  const model = tf.model({ inputs: x, outputs: [kind, size] as tf.SymbolicTensor[] })
  const metadata = encodingMetadata({
    outputs: {
      kind: { task: 'classification', classes: CLASSES, gives: 'logits' },
      kind_label: { task: 'regression', targets: [] },
    },
  })
  const { bytes, report } = await exportOnnx(model, { labels: true, metadata })
  assert.equal(
    report.file.outputs.map(({ name }) => name),
    ['kind', 'kind_label', 'kind_label2'],
  )
  const { names } = await answers(bytes, 'kind_label2', 'kind')
  assert.ok(names.every((each) => CLASSES.includes(each)))
  model.dispose()
})

test('of one output that has a name the names are `label`, as of one without', async () => {
  const x = tf.input({ shape: [4], name: 'input' })
  const kind = tf.layers.dense({ units: 3, name: 'kind' }).apply(x) as tf.SymbolicTensor
  const model = tf.model({ inputs: x, outputs: kind })
  const metadata = encodingMetadata({
    outputs: { kind: { task: 'classification', classes: CLASSES, gives: 'logits' } },
  })
  const { bytes, report } = await exportOnnx(model, { labels: true, metadata })
  assert.equal(
    report.file.outputs.map(({ name }) => name),
    ['kind', 'label'],
  )
  const { names } = await answers(bytes, 'label', 'kind')
  assert.ok(names.every((each) => CLASSES.includes(each)))
  model.dispose()
})

test('what has no names, several right ones, or a class at each place is refused', async () => {
  const model = new Dense(3, 'linear')
  const refused = async (metadata: Readonly<Record<string, string>>) => {
    const error = await refusal(() => exportOnnx(model, { labels: true, metadata }))
    assert.instance(error, ConfigError)
    return error.message
  }
  const none = await refused({})
  assert.match(
    none,
    /^export\.labels: the model must tell classes, one of which is right, and their/,
  )
  assert.match(
    none,
    /Datasets with classes say so, .* `metadata: encodingMetadata\(\{ output \}\)`/,
  )
  const numbers = await refused(said({ task: 'regression', targets: ['a', 'b', 'c'] }))
  assert.match(numbers, /must be known, got \["regression"\]/)
  const several = await refused(said({ task: 'multi-label', classes: CLASSES, gives: 'logits' }))
  assert.match(several, /got \["multi-label"\]\n.*no tensor holds the names of each sample/)
  const many = [...CLASSES, 'more']
  const narrow = await refused(said({ task: 'classification', classes: many, gives: 'logits' }))
  assert.match(
    narrow,
    /^export\.labels: output output must be a number for each of 4 classes, or one for two, of each sample, got \[3\]/,
  )
  assert.match(narrow, /Leave `labels` out: the names are in the metadata `ashlar\.output`\./)
  model.dispose()
})

test('a file that names other classes than its numbers tell is refused', () =>
  inScratch(async (folder) => {
    const model = new Dense(3, 'linear')
    const path = join(folder, 'model.onnx')
    const metadata = said({ task: 'classification', classes: CLASSES, gives: 'logits' })
    const { bytes } = await exportOnnx(model, { labels: true, metadata })
    const changed = onnx.ModelProto.decode(bytes)
    const names = changed.graph!.initializer!.find(({ dataType }) => dataType === 8)!
    names.stringData = [...names.stringData!].reverse()
    await writeFile(path, onnx.ModelProto.encode(changed).finish())
    const error = await refusal(() => verifyModelFile(path, model))
    assert.instance(error, ExportError)
    assert.match(
      error.message,
      /but output label names the model's class in \d+\.\d % of the rows on \w+ inputs of batch \d+/,
    )
    // One that lacks them altogether, too.
    const { bytes: plain } = await exportOnnx(model, { metadata })
    const without = onnx.ModelProto.decode(plain)
    for (const each of without.metadataProps!) {
      if (each.key === 'ashlar.output') each.value = each.value!.replace('}', ',"label":"label"}')
    }
    await writeFile(path, onnx.ModelProto.encode(without).finish())
    const missing = await refusal(() => verifyModelFile(path, model))
    assert.match(missing.message, /output label names the model's class in 0\.0 % of the rows/)
    model.dispose()
  }))

test('whoever wants numbers has those alone', () =>
  inScratch(async (folder) => {
    const model = tinyNet()
    const path = join(folder, 'model.onnx')
    const exporter = onnxExporter({ labels: true })
    const output = { task: 'classification', classes: CLASSES, gives: 'probabilities' } as const
    await model.export(path, exporter, { metadata: said(output), samples: images(30) })
    const found = await exporter.predict!(path, images(30))
    assert.equal(found.shape, [30, 3])
    model.dispose()
  }))

const reduced = (to: Reduction) => () =>
  inScratch(async (folder) => {
    const model = tinyNet()
    const path = join(folder, 'model.onnx')
    const samples = images(30)
    const output = { task: 'classification', classes: CLASSES, gives: 'probabilities' } as const
    await exportOnnx(model, { path, labels: true, metadata: said(output), samples })
    const { bytes } = await reduceOnnx(path, { to, calibration: samples, samples, maxDrop: 100 })
    const inputs = Float32Array.from(samples.inputs as Uint8Array, (byte) => byte / 255)
    const feeds = { input: [[30, 8, 8, 1], inputs] as const }
    const names = [...((await runFile(bytes, feeds, 'label')).data as unknown as string[])]
    const numbers = [...(await runFile(bytes, feeds, 'output')).data] as number[]
    assert.equal(
      names,
      names.map((_, row) => {
        const own = numbers.slice(row * 3, row * 3 + 3)
        return CLASSES[own.indexOf(Math.max(...own))]
      }),
    )
    model.dispose()
  })

test('in half precision names are those of its own numbers', reduced('fp16'))
slow('in int8 as well', reduced('int8'))
slow('and in dynamic int8', reduced('dynamic'))

test.run()
