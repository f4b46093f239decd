import { join } from 'node:path'
import { encodingMetadata, type ImageEncoding, readEncodings } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { ConfigError } from '@ashlar/errors'
import { tieredSuite } from '@ashlar/test-support'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import {
  type ExportOptions,
  exportOnnx,
  inspectFile,
  onnxExporter,
  verifyModelFile,
} from '../../../src/index.ts'
import { addedColour } from '../../../src/source/raw/added-colour.ts'
import { images, tinyNet } from '../../support/models.ts'
import { Rows, TABLE } from '../../support/raw-models.ts'
import { refusal } from '../../support/refusal.ts'
import { runFile } from '../../support/run.ts'
import { inScratch } from '../../support/scratch.ts'

const { test, slow } = tieredSuite('colours mixed to grey in the graph')

const SIDE = 16
const GREY: ImageEncoding = {
  ...{ kind: 'image', height: SIDE, width: SIDE, channels: 1, fit: 'cover' },
}

/** Pictures `[count, SIDE, SIDE, 3]` of all colours whose parts are multiples of a step, and black behind them. */
function colours(step: number, from = 0, to = 256): Uint8Array {
  const all: number[] = []
  for (let red = from; red < to; red += step) {
    for (let green = 0; green < 256; green += step) {
      for (let blue = 0; blue < 256; blue += step) all.push(red, green, blue)
    }
  }
  const picture = SIDE * SIDE * 3
  const bytes = new Uint8Array(Math.ceil(all.length / picture) * picture)
  bytes.set(all)
  return bytes
}

/** What the datasets' decoder makes of them. */
function bySharp(bytes: Uint8Array): Promise<Uint8Array> {
  const size = { width: SIDE, height: bytes.length / 3 / SIDE }
  return sharp(bytes, { raw: { ...size, channels: 3 } })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer()
}

/** The file of a model that does nothing but what makes samples. */
async function mixing(options: ExportOptions): Promise<Uint8Array> {
  const inputs = { x: { shape: [null, SIDE, SIDE, 1] } }
  const metadata = encodingMetadata({ input: GREY })
  return (await exportOnnx((x) => x, { inputs, colors: true, metadata, ...options })).bytes
}

/** How many of the greys that a file gives differ from those of sharp: by one, where half a step decides. */
async function countOthers(file: Uint8Array, bytes: Uint8Array): Promise<number> {
  const count = bytes.length / SIDE / SIDE / 3
  const [{ data }, expected] = [
    await runFile(file, { x: [[count, SIDE, SIDE, 3], bytes] }),
    await bySharp(bytes),
  ]
  const greys = (data as Float32Array).map((share) => share * 255)
  const apart = greys.map((grey, at) => Math.abs(grey - expected[at]!))
  assert.ok(apart.every((each) => each < 1.001))
  return apart.filter((each) => each > 0.001).length
}

for (const [preprocess, declare] of [
  [true, test],
  ['resize', slow],
] as const) {
  declare(`colours come out as the bytes that sharp mixes, preprocess: ${preprocess}`, async () => {
    const file = await mixing({ preprocess })
    const bytes = colours(9)
    const others = await countOthers(file, bytes)
    assert.ok(others < 3, `${others} of ${bytes.length / 3}`)
    const greys = Uint8Array.from({ length: 256 * 3 }, (_, at) => Math.floor(at / 3))
    const { data } = await runFile(file, { x: [[1, SIDE, SIDE, 3], greys] })
    const found = [...(data as Float32Array)].map((share) => Math.fround(share * 255))
    assert.equal(
      found,
      Array.from({ length: 256 }, (_, grey) => grey),
    )
  })
}

slow(
  'of all 16.7 million colours, fewer than one in 100,000 comes out as the next byte',
  async () => {
    const file = await mixing({ preprocess: true })
    let others = 0
    for (let red = 0; red < 256; red += 8)
      others += await countOthers(file, colours(1, red, red + 8))
    assert.ok(others < 167, String(others))
  },
)

test('what is added to grey pictures is mixed alike', async () => {
  for (const background of ['#3366cc', '#000000', '#ffffff', '#07030c', '#f0a812']) {
    const bytes = Uint8Array.from([1, 3, 5], (at) =>
      Number.parseInt(background.slice(at, at + 2), 16),
    )
    const grey = await sharp(bytes, { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer()
    assert.equal(addedColour({ channels: 1, background }), [...grey])
  }
})

for (const [layout, preprocess, declare] of [
  ['nhwc', true, test],
  ['nchw', 'resize', slow],
] as const) {
  declare(
    `the file says that it takes colours, is verified on grey samples, again later, and predicts as the model: ${layout}, ${preprocess}`,
    () =>
      inScratch(async (folder) => {
        const model = tinyNet()
        const scaling = { mean: [0.4], std: [0.3] }
        const input: ImageEncoding = {
          ...{ kind: 'image', height: 8, width: 8, channels: 1, fit: 'contain', ...scaling },
        }
        const plain = images(40)
        const samples = { ...plain, info: { ...plain.info, scaling } }
        const path = join(folder, 'model.onnx')
        const exporter = onnxExporter({ preprocess, layout, colors: true })
        const metadata = encodingMetadata({ input })
        const { file, verification } = await exporter.export(model, path, { samples, metadata })
        const sides = preprocess === 'resize' ? [null, null] : [8, 8]
        assert.equal(
          file.inputs.map(({ dtype, shape: [, ...own] }) => [
            dtype,
            own.map((size) => (typeof size === 'number' ? size : null)),
          ]),
          [['uint8', layout === 'nhwc' ? [...sides, 3] : [3, ...sides]]],
        )
        assert.ok(verification.cases.some(({ inputs }) => inputs === 'real'))
        assert.equal(readEncodings((await inspectFile(path)).metadata, path).input, {
          ...input,
          ...{ inGraph: preprocess, colors: true },
        })
        assert.ok((await verifyModelFile(path, model, { samples })).passed)
        const expected = await model.predict(samples, { engine: 'tfjs' })
        allClose((await exporter.predict!(path, samples)).data, expected.data, { absolute: 1e-5 })
        model.dispose()
      }),
  )
}

test('colours for a network that takes them already, for tables, and before they are bytes are refused', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 6])
  const refused = async (options: ExportOptions) => {
    const error = await refusal(() => exportOnnx(model, { colors: true, ...options }))
    assert.instance(error, ConfigError)
    return error.message
  }
  const wanted =
    'export.colors: the model must take grey pictures, to which the file mixes colours, got '
  const of = (input: ImageEncoding | typeof TABLE) => encodingMetadata({ input })
  const colour = await refused({ preprocess: true, metadata: of({ ...GREY, channels: 3 }) })
  assert.ok(colour.startsWith(`${wanted}"input: pictures of 3 channels"`), colour)
  const table = await refused({ preprocess: true, metadata: of(TABLE) })
  assert.ok(table.startsWith(`${wanted}"input: table"`), table)
  assert.match(
    await refused({ metadata: of(GREY) }),
    /exportOnnx: `colors` needs `preprocess`: colours are mixed where they are bytes, before they are scaled/,
  )
  model.dispose()
})

test('an exporter refuses the same before anything is trained', async () => {
  const info = { labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] } as const
  const { check } = onnxExporter({ preprocess: true, colors: true })
  check!({ ...info, inputShape: [8, 8, 1] })
  const error = await refusal(() => check!({ ...info, inputShape: [8, 8, 3] }))
  assert.match(
    error.message,
    /export\.colors: the model must take grey pictures.*got "input: pictures of 3 channels"/,
  )
  assert.match(error.message, /trained on a dataset with `channels: 1`/)
  const alone = await refusal(() => onnxExporter({ colors: true }))
  assert.match(alone.message, /colors.*needs `preprocess`/)
})

test.run()
