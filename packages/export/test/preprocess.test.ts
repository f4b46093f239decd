import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  encodingMetadata,
  type ImageEncoding,
  type InputEncoding,
  type Model,
  readEncodings,
  type Samples,
  type TableEncoding,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { ConfigError } from '@ashlar/errors'
import { onnx } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { exportOnnx, inspectFile, onnxExporter, verifyModelFile } from '../src/index.ts'
import { rawOf } from '../src/source/preprocess.ts'
import { images, tinyNet } from './support/models.ts'
import { Colours, PICTURES, Rows, TABLE } from './support/raw-models.ts'
import { refusal } from './support/refusal.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('preprocessing in the file')

const LAYOUTS = [
  ['nhwc', test],
  ['nchw', slow],
] as const

const exported = (
  model: Model,
  input: InputEncoding,
  layout: 'nhwc' | 'nchw',
  preprocess: boolean,
) => exportOnnx(model, { layout, preprocess, metadata: encodingMetadata({ input }) })

for (const [layout, declare] of LAYOUTS) {
  declare(
    `the bytes of pictures, ${layout}: what the model gives for samples that were made of them`,
    async () => {
      const model = new Colours({ seed: 5 })
      model.build([null, 6, 5, 3])
      const [raw, plain] = [
        await exported(model, PICTURES, layout, true),
        await exported(model, PICTURES, layout, false),
      ]
      const shape = layout === 'nhwc' ? [4, 6, 5, 3] : [4, 3, 6, 5]
      assert.equal(raw.report.file.inputs, [
        { name: 'input', dtype: 'uint8', shape: ['batch', ...shape.slice(1)] },
      ])
      const next = seedrandom.alea('bytes')
      const bytes = Uint8Array.from({ length: 4 * 90 }, () => Math.floor(next() * 256))
      const samples = Float32Array.from(bytes, (byte, at) => {
        const channel = layout === 'nhwc' ? at % 3 : Math.floor(at / 30) % 3
        return (byte / 255 - PICTURES.mean![channel]!) / PICTURES.std![channel]!
      })
      const [found, expected] = [
        await runFile(raw.bytes, { input: [shape, bytes] }),
        await runFile(plain.bytes, { input: [shape, samples] }),
      ]
      allClose(found.data as Float32Array, expected.data as Float32Array, { absolute: 1e-5 })
      model.dispose()
    },
  )
}

test('the numbers of tables as they stand there, NaN where one is missing', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 6])
  const raw = await exported(model, TABLE, 'nhwc', true)
  const plain = await exported(model, TABLE, 'nhwc', false)
  const rows = [
    [61_000, 22, 0.5, 4],
    [Number.NaN, 31, 0.1, Number.NaN],
    [20_000, Number.NaN, -2, 0],
  ]
  const samples = rows.map(([income, age, share, rooms]) => [
    ((Number.isNaN(income) ? 48_000 : income!) - 50_000) / 12_000,
    Number(Number.isNaN(income)),
    ((Number.isNaN(age) ? 39 : age!) - 40) / 9,
    share!,
    Number.isNaN(rooms) ? 3 : rooms!,
    Number(Number.isNaN(rooms)),
  ])
  const [found, expected] = [
    await runFile(raw.bytes, { input: [[3, 4], Float32Array.from(rows.flat())] }),
    await runFile(plain.bytes, { input: [[3, 6], Float32Array.from(samples.flat())] }),
  ]
  allClose(found.data as Float32Array, expected.data as Float32Array, { absolute: 1e-5 })
  // A column that nothing stands for must not be missing.
  const { data } = await runFile(raw.bytes, {
    input: [[1, 4], Float32Array.of(1, 1, Number.NaN, 1)],
  })
  assert.ok((data as Float32Array).every(Number.isNaN))
  model.dispose()
})

const MIXED: TableEncoding = {
  kind: 'table',
  delimiter: ',',
  columns: [
    {
      ...{ kind: 'category', name: 'city', categories: ['Pisa', 'Rome'], unseen: 'ignore' },
      ...{ spellings: { rome: 'Rome' }, fill: 'rome', indicator: true },
    },
    { kind: 'number', name: 'age', mean: 40, std: 10, fill: 39, indicator: true },
    { kind: 'index', name: 'deck', categories: ['A', 'B'], unseen: 'ignore' },
    { kind: 'category', name: 'sex', categories: ['female', 'male'], unseen: 'refuse' },
    { kind: 'category', name: 'port', categories: ['C'], fill: 'gone', unseen: 'ignore' },
    { kind: 'number', name: 'share' },
  ],
}
/** Of {@link MIXED}: cells as a file takes them, and the sample that they are. */
const CELLS: readonly (readonly [number[], number[]])[] = [
  [
    [2, 60, 3, 2, 2, 0.5],
    [1, 0, 0, 2, 0, 3, 1, 0, 1, 0.5],
  ],
  [
    [3, 40, 0, 3, 1, 0],
    [0, 1, 0, 0, 0, 0, 0, 1, 0, 0],
  ],
  // What is missing is filled, and told; what is no category is none of them.
  [
    [0, Number.NaN, 1, 2, 0, 1],
    [0, 1, 1, (39 - 40) / 10, 1, 1, 1, 0, 0, 1],
  ],
  [
    [1, 50, 2, 3, 2, -1],
    [0, 0, 0, 1, 0, 2, 0, 1, 1, -1],
  ],
]

test('categories of tables as the indices of names, beside numbers and indices that stay', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 10])
  const raw = await exported(model, MIXED, 'nhwc', true)
  const plain = await exported(model, MIXED, 'nhwc', false)
  assert.equal(raw.report.file.inputs, [{ name: 'input', dtype: 'float32', shape: ['batch', 6] }])
  const of = (which: 0 | 1) => Float32Array.from(CELLS.flatMap((each) => each[which]))
  const [found, expected] = [
    await runFile(raw.bytes, { input: [[4, 6], of(0)] }),
    await runFile(plain.bytes, { input: [[4, 10], of(1)] }),
  ]
  allClose(found.data as Float32Array, expected.data as Float32Array, { absolute: 1e-5 })
  model.dispose()
})

test('the cells that a sample was made of are found again', () => {
  const sample = Float32Array.from(CELLS.flatMap(([, each]) => each))
  const { shape, data } = rawOf(
    { ...MIXED, inGraph: true },
    { shape: [4, 10], dtype: 'float32', data: sample },
  )
  assert.equal(shape, [4, 6])
  const wanted = CELLS.flatMap(([cells]) => cells)
  // A name that is filled by one that is no category makes the same sample as one that was never seen.
  wanted[2 * 6 + 4] = 1
  assert.equal([...data], wanted)
})

test('the file says so, is verified on real samples, again later, and predicts what the model does', () =>
  inScratch(async (folder) => {
    const model = tinyNet()
    const input: ImageEncoding = { kind: 'image', height: 8, width: 8, channels: 1, fit: 'contain' }
    const samples = images(40)
    for (const [layout, preprocess] of [
      ['nhwc', true],
      ['nchw', true],
      ['nchw', 'resize'],
    ] as const) {
      const path = join(folder, `${layout}-${preprocess}.onnx`)
      const exporter = onnxExporter({ preprocess, layout })
      const { verification } = await exporter.export(model, path, {
        samples,
        metadata: encodingMetadata({ input }),
      })
      assert.ok(verification.cases.some(({ inputs }) => inputs === 'real'))
      assert.equal(readEncodings((await inspectFile(path)).metadata, path).input, {
        ...input,
        inGraph: preprocess,
      })
      assert.ok((await verifyModelFile(path, model, { samples })).passed)
      const expected = await model.predict(samples, { engine: 'tfjs' })
      allClose((await exporter.predict!(path, samples)).data, expected.data, { absolute: 1e-5 })
    }
    model.dispose()
  }))

slow('tables are verified on real samples too', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 6])
  const info = { inputShape: [6], labelShape: [], inputDtype: 'float32' } as const
  const samples: Samples = {
    inputs: Float32Array.of(0.5, 0, -1, 0.2, 3, 1, -2, 1, 0, 0.1, 5, 0),
    labels: Uint8Array.of(0, 1),
    length: 2,
    info: { ...info, inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] },
  }
  const metadata = encodingMetadata({ input: TABLE })
  const { report } = await exportOnnx(model, { preprocess: true, metadata, samples })
  assert.ok(report.verification.cases.some(({ inputs }) => inputs === 'real'))
  model.dispose()
})

test('a file that says something else of itself than it does is refused', () =>
  inScratch(async (folder) => {
    const model = new Colours({ seed: 5 })
    model.build([null, 6, 5, 3])
    const { bytes } = await exported(model, PICTURES, 'nhwc', true)
    const file = onnx.ModelProto.decode(bytes)
    const entry = file.metadataProps.find(({ key }) => key === 'ashlar.input')!
    entry.value = JSON.stringify({ ...PICTURES, mean: [0.5, 0.4, 0.2], inGraph: true })
    const path = join(folder, 'changed.onnx')
    await writeFile(path, onnx.ModelProto.encode(file).finish())
    const error = await refusal(() => verifyModelFile(path, model))
    assert.match(error.message, /changed\.onnx/)
    model.dispose()
  }))

test('what cannot be written into a file is told', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 6])
  const unknown = await refusal(() => exportOnnx(model, { preprocess: true }))
  assert.instance(unknown, ConfigError)
  assert.match(
    unknown.message,
    /export\.preprocess: it must be known how samples were made of pictures or tables/,
  )
  const column = { kind: 'index', name: 'city', categories: ['a', 'b'], unseen: 'refuse' } as const
  const names = { ...TABLE, columns: [column] }
  const refused = await refusal(() =>
    exportOnnx(model, { preprocess: true, metadata: encodingMetadata({ input: names }) }),
  )
  assert.match(
    refused.message,
    /columns of indices are what a graph takes as they are, got \["city"\]/,
  )
  model.dispose()
})

test('a size for what has no pictures is refused', async () => {
  const model = new Rows({ seed: 6 })
  model.build([null, 6])
  const metadata = encodingMetadata({ input: TABLE })
  const error = await refusal(() => exportOnnx(model, { preprocess: 'resize', metadata }))
  assert.instance(error, ConfigError)
  assert.match(
    error.message,
    /^export\.preprocess: `resize` must have pictures to bring to a size, got \["input"\]/,
  )
  model.dispose()
})

test.run()
