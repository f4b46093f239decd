import { readFile, writeFile } from 'node:fs/promises'
import {
  type DatasetInfo,
  type Encodings,
  encodingMetadata,
  type Layer,
  type LoadDataOptions,
  layers,
  Model,
  readEncodings,
  type StreamSamples,
  type TableEncoding,
  tfjsEngine,
} from '@ashlar/core'
import { inScratch } from '@ashlar/test-support'
import type { Tensor } from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  describeRun,
  encodingsOf,
  loadAsTrained,
  readDescription,
} from '../../src/experiment/description.ts'
import { makeRun } from '../../src/runs/run-folder.ts'
import { readShownSamples } from '../../src/runs/shown-samples.ts'

const test = suite('what a run says of itself')

const LENGTH = 5

/** Takes everything for the class of the larger of two pixels. */
class Larger extends Model {
  readonly flat: Layer = layers.flatten()
  override call(x: Tensor): Tensor {
    return this.flat.apply(x)
  }
}

const info = {
  name: 'pairs',
  inputShape: [1, 2, 1],
  labelShape: [],
  inputDtype: 'float32',
  inputRange: [0, 1],
  classes: ['left', 'right'],
  licence: 'none',
  source: 'made here',
} as const satisfies DatasetInfo

/** Samples that are read, with the numbers of those that were. Of all but the first the right pixel is larger, and all are called left. */
function stream(labelShape: readonly number[]): { samples: StreamSamples; read: number[] } {
  const read: number[] = []
  const size = labelShape.reduce((all, each) => all * each, 1)
  const samples: StreamSamples = {
    length: LENGTH,
    info: { ...info, labelShape },
    stream: {
      dtypes: { inputs: 'float32', labels: 'int32' },
      async read(rows, into) {
        read.push(...rows)
        for (const [place, row] of rows.entries()) {
          ;(into.inputs as Float32Array).set([1 / 2, row / 4], place * 2)
          ;(into.labels as Int32Array).fill(0, place * size, (place + 1) * size)
        }
      },
    },
  }
  return { samples, read }
}

async function described(labelShape: readonly number[]) {
  const { samples, read } = stream(labelShape)
  const model = new Larger()
  model.build([null, ...info.inputShape])
  const dataset = { info: { ...info, labelShape }, load: () => Promise.reject(new Error('not')) }
  const found = await inScratch({}, async (folder) => {
    const run = await makeRun(folder)
    const shown = { shape: [1, 2, 1], classes: info.classes, balance: [], augmented: [] } as const
    const parts = { model, dataset, engine: tfjsEngine(), heads: [] }
    await describeRun(run, parts, { test: samples }, shown)
    return { description: await readDescription(run), shown: await readShownSamples(run) }
  })
  model.dispose()
  return { ...found, read }
}

test('labels that come with their samples are read once, for reports and mistakes alike', async () => {
  const { description, shown, read } = await described([])
  assert.is(description!.evaluation!.samples, LENGTH)
  assert.equal(shown!.mistakes!.map(({ index }) => index).sort(), [3, 4])
  // To predict, for the labels, and the mistakes.
  assert.equal(read.slice(0, 2 * LENGTH), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  assert.equal(read.slice(2 * LENGTH).sort(), [3, 4])
})

test('labels that are too large to be read all together are no failure, and no mistakes are shown', async () => {
  const { description, shown } = await described([1, 2])
  assert.is(description!.evaluation, undefined)
  assert.is(description!.data.name, 'pairs')
  assert.is(shown?.mistakes, undefined)
})

test('other data is made as the model has seen its own, beside several outputs as well', () =>
  inScratch({}, async (folder) => {
    const run = await makeRun(folder)
    const table: TableEncoding = {
      ...{ kind: 'table', delimiter: ',' },
      columns: [{ kind: 'number', name: 'age', mean: 40, std: 10 }],
    }
    /** What a dataset is asked for, of a run that keeps these. */
    const asked = async (encodings: Encodings, more: Partial<DatasetInfo> = {}) => {
      const { description } = await described([])
      await writeFile(run.file('description.json'), JSON.stringify({ ...description, encodings }))
      let options: LoadDataOptions | undefined
      const load = (given?: LoadDataOptions) => {
        options = given
        const { samples } = stream([])
        return Promise.resolve({ train: samples, test: samples, digest: 'pairs' })
      }
      await loadAsTrained(run, { info: { ...info, ...more }, load })
      return options
    }
    assert.equal((await asked({ input: table }))?.input, table)
    assert.equal((await asked({ inputs: { input: table } }))?.input, table)
    // An input that somebody named `input` is asked for by its name alone.
    const { inputShape: shape, inputDtype: dtype } = info
    const named = await asked({ inputs: { input: table } }, {
      inputs: { input: { shape, dtype }, other: { shape, dtype } },
    } as Partial<DatasetInfo>)
    assert.equal([named?.input, named?.inputs], [undefined, { input: table }])
  }))

test('how tables of numbers were written goes along, into runs and files', () => {
  const format = { delimiter: ';', decimal: ',', encoding: 'windows-1252' } as const
  const dataset = { info: { ...info, format }, load: () => Promise.reject(new Error('not')) }
  const encodings = encodingsOf({ model: new Larger(), dataset, heads: [] }, {})
  assert.equal(encodings.format, format)
  const metadata = new Map(Object.entries(encodingMetadata(encodings)))
  assert.equal(readEncodings(metadata, 'a file').format, format)
})

test('the data are described by what was fitted to the rows of the fold, not to all', async () => {
  const fittedTo = (mean: number): TableEncoding => ({
    ...{ kind: 'table', delimiter: ',' },
    columns: [{ kind: 'number', name: 'age', mean, std: 2 }],
  })
  const model = new Larger()
  model.build([null, ...info.inputShape])
  const written = (own: Partial<DatasetInfo>, samples: Partial<Encodings>) =>
    inScratch({}, async (folder) => {
      const run = await makeRun(folder)
      const dataset = { info: { ...info, ...own }, load: () => Promise.reject(new Error('not')) }
      const parts = { model, dataset, engine: tfjsEngine(), heads: [] }
      await describeRun(run, parts, { ...samples, test: undefined })
      return JSON.parse(await readFile(run.file('description.json'), 'utf8')).data as DatasetInfo
    })
  const [all, fold] = [fittedTo(3), fittedTo(4)]
  assert.equal((await written({ input: all }, { input: fold })).input, fold)
  const inputs = {
    numbers: { shape: [1], dtype: 'float32', encoding: all },
    more: { shape: [2], dtype: 'float32', encoding: all },
    plain: { shape: [1], dtype: 'float32' },
  } as const
  assert.equal((await written({ inputs }, { inputs: { numbers: fold } })).inputs, {
    ...inputs,
    numbers: { ...inputs.numbers, encoding: fold },
  })
  model.dispose()
})

test.run()
