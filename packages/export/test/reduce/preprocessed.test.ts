import { join } from 'node:path'
import {
  type ArraySamples,
  encodingMetadata,
  type ImageEncoding,
  type Model,
  type TableEncoding,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { tieredSuite } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { exportOnnx, type Reduction, reduceOnnx } from '../../src/index.ts'
import type { NamedData } from '../../src/tensors.ts'
import { Colours, PICTURES, Rows } from '../support/raw-models.ts'
import { runFile } from '../support/run.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('reducing files that make samples of raw data')

const LENGTH = 150

type Feed = readonly [readonly number[], Float32Array | Uint8Array]

/** Without columns that tell what is missing, raw rows are as wide as samples. */
const TABLES: Readonly<Record<string, TableEncoding>> = {
  'as wide as its samples': {
    ...{ kind: 'table', delimiter: ',' },
    columns: [
      { kind: 'number', name: 'age', mean: 40, std: 9, fill: 39 },
      { kind: 'number', name: 'height', mean: 170, std: 12 },
      { kind: 'number', name: 'share' },
    ],
  },
  'with what is missing told': {
    ...{ kind: 'table', delimiter: ',' },
    columns: [
      { kind: 'number', name: 'income', mean: 5000, std: 1200, fill: 4800, indicator: true },
      { kind: 'number', name: 'age', mean: 40, std: 9, fill: 39 },
      { kind: 'number', name: 'rooms', fill: 3, indicator: true },
    ],
  },
}

const next = seedrandom.alea('raw')

function pictures({ channels, mean, std }: ImageEncoding = PICTURES): ArraySamples {
  const inputDtype = 'uint8'
  return {
    inputs: Uint8Array.from({ length: LENGTH * 30 * channels }, () => Math.floor(next() * 256)),
    labels: new Uint8Array(LENGTH),
    length: LENGTH,
    info: {
      ...{ inputShape: [6, 5, channels], labelShape: [], inputDtype, inputRange: [0, 255] },
      scaling: { mean: mean!, std: std! },
    },
  }
}

const GREY: ImageEncoding = { ...PICTURES, channels: 1, mean: [0.5], std: [0.2] }

/** Samples as training sees them: scaled, and 1 behind what was missing. */
function rows({ columns }: TableEncoding): ArraySamples {
  const inputs = Array.from({ length: LENGTH }, () =>
    columns.flatMap((column) => {
      const given = next() * 4 - 2
      if (column.kind !== 'number' || !column.indicator) return [given]
      const { fill = 0, mean = 0, std = 1 } = column
      return next() < 0.3 ? [(fill - mean) / std, 1] : [given, 0]
    }),
  )
  const range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  return {
    inputs: Float32Array.from(inputs.flat()),
    labels: new Uint8Array(LENGTH),
    length: LENGTH,
    info: {
      ...{ inputShape: [inputs[0]!.length], labelShape: [], inputDtype: 'float32' },
      inputRange: range,
    },
  }
}

/** The classes that the model itself says: its file is always right. */
async function ownClasses(model: Model, samples: ArraySamples): Promise<Uint8Array> {
  const { data } = await model.predict(samples, { engine: 'tfjs' })
  return Uint8Array.from({ length: LENGTH }, (_, row) => {
    const scores = [...data.subarray(row * 3, row * 3 + 3)]
    return scores.indexOf(Math.max(...scores))
  })
}

async function reduced(
  model: Model,
  given: ArraySamples,
  input: ImageEncoding | TableEncoding,
  {
    to,
    layout,
    preprocess = true,
    colors,
  }: {
    to: Reduction
    layout: 'nhwc' | 'nchw'
    preprocess?: true | 'resize'
    colors?: true
  },
): Promise<void> {
  model.build([null, ...given.info.inputShape])
  const samples = { ...given, labels: await ownClasses(model, given) }
  assert.ok(new Set(samples.labels).size > 1, 'the model says more than one class')
  await inScratch(async (folder) => {
    const path = join(folder, 'model.onnx')
    const metadata = encodingMetadata({ input })
    await exportOnnx(model, { path, layout, preprocess, colors, metadata, samples })
    const { report } = await reduceOnnx(path, { to, calibration: samples, samples, maxDrop: 10 })
    const { accuracy, noise } = report.judgement
    assert.is(accuracy?.float, 1)
    assert.ok(accuracy!.reduced > 0.9, `${accuracy!.reduced}`)
    assert.ok(noise <= (to === 'fp16' ? 1e-4 : 1e-2), `${noise}`)
    assert.is(report.judgement.samples, LENGTH)
  })
  model.dispose()
}

for (const to of ['fp16', 'int8'] as const) {
  for (const [place, layout] of (['nhwc', 'nchw'] as const).entries()) {
    const declare = (place === 0) === (to === 'fp16') ? test : slow
    declare(`the bytes of pictures, ${layout}: ${to}`, () =>
      reduced(new Colours({ seed: 5 }), pictures(), PICTURES, { to, layout }),
    )
  }
  slow(`pictures of any size: ${to}`, () =>
    reduced(new Colours({ seed: 5 }), pictures(), PICTURES, {
      ...{ to, layout: 'nhwc', preprocess: 'resize' },
    }),
  )
  slow(`colours that are mixed to grey: ${to}`, () =>
    reduced(new Colours({ seed: 5 }), pictures(GREY), GREY, {
      ...{ to, layout: 'nhwc', colors: true },
    }),
  )
  for (const [place, [name, table]] of Object.entries(TABLES).entries()) {
    const declare = (place === 0) === (to === 'int8') ? test : slow
    declare(`a table ${name}: ${to}`, () =>
      reduced(new Rows({ seed: 6 }), rows(table), table, { to, layout: 'nhwc' }),
    )
  }
}

slow('in half precision, sizes of pictures and indices of names stay exact: fp16', () =>
  inScratch(async (folder) => {
    const compare = async (model: Model, input: ImageEncoding | TableEncoding, feed: Feed) => {
      const path = join(folder, 'whole.onnx')
      const metadata = encodingMetadata({ input })
      await exportOnnx(model, {
        ...{ path, metadata },
        preprocess: input.kind === 'image' ? 'resize' : true,
      })
      const { bytes } = await reduceOnnx(path, { to: 'fp16', maxDrop: 100 })
      const [whole, half] = [
        await runFile(path, { input: feed }),
        await runFile(bytes, { input: feed }),
      ]
      allClose(half.data as Float32Array, whole.data as Float32Array, { absolute: 5e-3 })
      model.dispose()
    }
    // Positions beyond 2048 have no half of their own.
    const [height, width] = [2300, 2701]
    const bytes = Uint8Array.from({ length: height * width * 3 }, (_, at) =>
      Math.floor(at / (3 * width)) % 5 === 0 ? 255 : (at * 7) % 90,
    )
    const pictures = new Colours({ seed: 5 })
    pictures.build([null, 6, 5, 3])
    await compare(pictures, PICTURES, [[1, height, width, 3], bytes])
    const categories = Array.from({ length: 3000 }, (_, at) => `name ${at}`)
    const rows = new Rows({ seed: 6 })
    rows.build([null, 3001])
    const columns = [
      { kind: 'category', name: 'name', categories, unseen: 'ignore' },
      { kind: 'number', name: 'income', mean: 500_000, std: 10 },
    ] as const
    const cells = Float32Array.of(2999, 500_003, 3000, 500_004, 3001, 499_990)
    await compare(rows, { kind: 'table', delimiter: ',', columns }, [[3, 2], cells])
  }),
)

slow('bytes by the name of an input are pictures or truth values, as the file takes them', () =>
  inScratch(async (folder) => {
    const model = new Colours({ seed: 5 })
    model.build([null, 6, 5, 3])
    const path = join(folder, 'model.onnx')
    const metadata = encodingMetadata({ input: PICTURES })
    await exportOnnx(model, { path, preprocess: true, metadata })
    const data = Uint8Array.from({ length: 8 * 90 }, () => Math.floor(next() * 256))
    for (const dtype of ['uint8', 'bool'] as const) {
      const calibration: NamedData[] = [{ input: { shape: [8, 6, 5, 3], dtype, data } }]
      const { report } = await reduceOnnx(path, { to: 'int8', calibration, maxDrop: 50 })
      assert.is(report.judgement.samples, 8)
    }
    // Made-up numbers are of its dtype as well.
    assert.is((await reduceOnnx(path, { to: 'fp16' })).report.judgedOn, 'made-up')
    model.dispose()
  }),
)

test.run()
