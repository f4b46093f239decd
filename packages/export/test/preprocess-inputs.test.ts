import { join } from 'node:path'
import {
  type Encodings,
  encodingMetadata,
  infoOfFields,
  type Layer,
  layers,
  Model,
  readEncodings,
  type Samples,
  type TableEncoding,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { exportOnnx, inspectFile, onnxExporter, verifyModelFile } from '../src/index.ts'
import { PICTURES, TABLE } from './support/raw-models.ts'
import { refusal } from './support/refusal.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('preprocessing of several inputs in the file')

const LAYOUTS = [
  ['nhwc', test],
  ['nchw', slow],
] as const
const SHAPES = {
  photo: { shape: [null, 6, 5, 3] },
  facts: { shape: [null, 6] },
  town: { shape: [null, 2] },
}

/** A picture, cells and words, each by its name. */
class Several extends Model {
  readonly conv: Layer = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' })
  readonly flat: Layer = layers.flatten()
  readonly facts: Layer = layers.dense({ units: 4 })
  readonly town: Layer = layers.dense({ units: 4 })
  readonly head: Layer = layers.dense({ units: 3 })

  override call({ photo, facts, town }: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    const seen: tf.Tensor = this.flat.apply(this.conv.apply(photo!))
    const known: tf.Tensor = this.facts.apply(facts!)
    const place: tf.Tensor = this.town.apply(town!)
    const all = tf.concat([seen, known, place], 1)
    return { kind: this.head.apply(all), sum: tf.sum(all, 1, true) }
  }
}

const TOWN: TableEncoding = {
  kind: 'table',
  delimiter: ',',
  columns: [{ kind: 'category', name: 'town', categories: ['Pisa', 'Rome'], unseen: 'refuse' }],
}

const INDICES: TableEncoding = {
  ...{ kind: 'table', delimiter: ',' },
  columns: [{ kind: 'index', name: 'town', categories: ['Pisa', 'Rome'], unseen: 'refuse' }],
}

for (const [layout, declare] of LAYOUTS) {
  declare(
    `pictures of any size, as the model sees them when they are brought to its own: ${layout}`,
    async () => {
      const model = new Several({ seed: 4 })
      model.build(SHAPES)
      const metadata = encodingMetadata({ inputs: { photo: PICTURES, facts: TABLE, town: TOWN } })
      const { report, bytes } = await exportOnnx(model, { layout, preprocess: 'resize', metadata })
      const shapeOf = (height: number | string, width: number | string) =>
        layout === 'nhwc' ? [height, width, 3] : [3, height, width]
      assert.equal(
        report.file.inputs.map(({ shape }) => shape),
        [
          ['batch', ...shapeOf('height', 'width')],
          ['batch', 4],
          ['batch', 1],
        ],
      )
      // Proved at many sizes, as any file whose sizes vary.
      const sizes = report.verification.cases.flatMap(({ sizes }) => (sizes ? [sizes] : []))
      assert.ok(new Set(sizes.map((each) => JSON.stringify(each))).size > 8)
      assert.ok(Math.max(...sizes.map(({ height }) => height!)) > 100)
      const rest = {
        facts: [[1, 4], Float32Array.of(61_000, 22, 0.5, 4)],
        town: [[1, 1], Float32Array.of(2)],
      } as const
      // One colour stays what it is.
      const run = async (height: number, width: number) => {
        const photo = new Uint8Array(3 * height * width)
        for (const channel of [0, 1, 2]) {
          for (let at = 0; at < height * width; at++) {
            photo[layout === 'nhwc' ? at * 3 + channel : channel * height * width + at] =
              50 + 60 * channel
          }
        }
        const shape = [1, ...(shapeOf(height, width) as number[])]
        return (await runFile(bytes, { photo: [shape, photo], ...rest })).data as Float32Array
      }
      const expected = await run(6, 5)
      for (const [height, width] of [
        [60, 50],
        [3, 11],
        [77, 20],
      ] as const) {
        allClose(await run(height, width), expected, { absolute: 1e-4 })
      }
      model.dispose()
    },
  )
}

for (const [layout, declare] of LAYOUTS) {
  declare(`of several inputs each does its own: ${layout}`, () =>
    inScratch(async (folder) => {
      const model = new Several({ seed: 4 })
      model.build(SHAPES)
      const metadata = encodingMetadata({ inputs: { photo: PICTURES, facts: TABLE, town: TOWN } })
      const samples = severalSamples(30)
      const path = join(folder, 'several.onnx')
      const { report, bytes } = await exportOnnx(model, {
        ...{ layout, preprocess: true, metadata, path, samples },
      })
      assert.ok(report.verification.cases.some(({ inputs }) => inputs === 'real'))
      const size = layout === 'nhwc' ? [6, 5, 3] : [3, 6, 5]
      assert.equal(report.file.inputs, [
        { name: 'photo', dtype: 'uint8', shape: ['batch', ...size] },
        { name: 'facts', dtype: 'float32', shape: ['batch', 4] },
        { name: 'town', dtype: 'float32', shape: ['batch', 1] },
      ])
      assert.equal(readEncodings((await inspectFile(path)).metadata, path).inputs, {
        photo: { ...PICTURES, inGraph: true },
        facts: { ...TABLE, inGraph: true },
        town: { ...TOWN, inGraph: true },
      })
      assert.ok((await verifyModelFile(path, model, { samples })).passed)
      const expected = await model.predict(samples, { engine: 'tfjs' })
      const found = await onnxExporter().predict!(path, samples)
      for (const name of ['kind', 'sum']) {
        allClose(found.outputs![name]!.data, expected.outputs![name]!.data, { absolute: 1e-4 })
      }

      // By hand, from the bytes and the cells of one sample.
      const pixels = Uint8Array.from({ length: 90 }, (_, at) => (at * 37) % 256)
      const channelOf = (at: number) => (layout === 'nhwc' ? at % 3 : Math.floor(at / 30))
      const scaled = Float32Array.from(
        pixels,
        (byte, at) => (byte / 255 - PICTURES.mean![channelOf(at)]!) / PICTURES.std![channelOf(at)]!,
      )
      const plain = await exportOnnx(model, { layout, metadata })
      const raw = await runFile(bytes, {
        photo: [[1, ...size], pixels],
        facts: [[1, 4], Float32Array.of(Number.NaN, 22, 0.5, 4)],
        town: [[1, 1], Float32Array.of(3)],
      } as never)
      const made = await runFile(plain.bytes, {
        photo: [[1, ...size], scaled],
        facts: [[1, 6], Float32Array.of(-2000 / 12_000, 1, -2, 0.5, 4, 0)],
        town: [[1, 2], Float32Array.of(0, 1)],
      } as never)
      allClose(raw.data as Float32Array, made.data as Float32Array, { absolute: 1e-4 })
      model.dispose()
    }),
  )
}

function severalSamples(length: number): Samples {
  const next = seedrandom.alea('several')
  const photo = Float32Array.from({ length: 90 * length }, (_, at) => {
    const channel = at % 3
    const byte = Math.floor(next() * 256)
    return (byte / 255 - PICTURES.mean![channel]!) / PICTURES.std![channel]!
  })
  const facts = Float32Array.from({ length: 6 * length }, (_, at) =>
    at % 6 === 1 || at % 6 === 5 ? 0 : next() * 2 - 1,
  )
  const town = Float32Array.from({ length: 2 * length }, (_, at) => at % 2)
  const float = (shape: number[]) => ({ shape, dtype: 'float32' as const })
  return {
    inputs: { photo, facts, town },
    labels: { kind: new Int32Array(length), sum: new Float32Array(length) },
    length,
    info: infoOfFields({
      inputs: { photo: float([6, 5, 3]), facts: float([6]), town: float([2]) },
      outputs: { kind: { shape: [], dtype: 'int32', classes: ['a', 'b', 'c'] }, sum: float([1]) },
    }),
  }
}

test('several inputs of which the file can do none are refused, and one encoding for several', async () => {
  const model = new Several({ seed: 4 })
  model.build(SHAPES)
  const refusedFor = (encodings: Encodings) =>
    refusal(() => exportOnnx(model, { preprocess: true, metadata: encodingMetadata(encodings) }))
  assert.match(
    (await refusedFor({ inputs: { town: INDICES } })).message,
    /^export.preprocess: an input must be one of pictures, or have columns of numbers or categories; .* got \["town"\]/,
  )
  assert.match(
    (await refusedFor({ input: PICTURES })).message,
    /^export.preprocess: how samples are made must be known by input, where there are several/,
  )
  model.dispose()
})

test.run()
