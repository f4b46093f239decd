import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEncodings } from '@ashlar/core'
import { inspectFile } from '@ashlar/export'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'
import { served } from '../support/served.ts'

const test = suite('categories of a table, by embeddings')

const HOME = process.env.ASHLAR_HOME
const putBack = () => {
  if (HOME === undefined) delete process.env.ASHLAR_HOME
  else process.env.ASHLAR_HOME = HOME
}
test.after(putBack)

type Outputs = Readonly<Record<string, { readonly data: readonly number[] }>>

interface Predicted {
  readonly predictions: readonly {
    readonly outputs: Outputs
    readonly answers: Readonly<Record<string, { readonly class?: string; readonly value?: number }>>
  }[]
}

test('a CSV in, ranked out: trained, exported, predicted from a table, served', () =>
  inScratch({}, async (folder) => {
    const home = join(folder, 'home')
    process.env.ASHLAR_HOME = home
    const { run, test: tested } = await ashlarJson<{ run: string; test: Record<string, number> }>(
      ...['run', 'table-mixed', 'epochs=4', '--out', join(folder, 'runs')],
    )
    assert.ok(tested.sold_auc! > 0.85, JSON.stringify(tested))
    const model = join(run, 'model.onnx')
    const { inputs } = await inspectFile(model).then(({ metadata }) => readEncodings(metadata, ''))
    assert.equal(Object.keys(inputs!), ['town', 'kind', 'condition', 'numbers'])

    const made = join(home, 'datasets/mixed-table')
    const table = join(made, (await readdir(made))[0]!, 'test.csv')
    const { predictions } = await ashlarJson<Predicted>('predict', run, table)
    const [header, ...rows] = (await readFile(table, 'utf8')).trim().split('\n')
    assert.is(predictions.length, rows.length)
    const cells = rows.map((row) => row.split(','))
    const at = (name: string) => header!.split(',').indexOf(name)
    // As the test split says: what is read of the file is what was trained on.
    const right = cells.filter(
      (row, index) => row[at('sold')] === predictions[index]!.answers.sold!.class,
    )
    assert.ok(Math.abs(right.length / rows.length - tested.sold_accuracy!) < 1e-6)
    const distance = cells.map((row, index) =>
      Math.abs(Number(row[at('price')]) - predictions[index]!.answers.price!.value!),
    )
    const mean = distance.reduce((sum, each) => sum + each, 0) / rows.length
    assert.ok(Math.abs(mean - tested['price_mean-absolute-error']!) < 1e-4)
    const { out } = await ashlar('predict', run, table, '--csv')
    assert.match(out, /^file,row,price,sold\.0,sold\.1\n/)

    // The same of a line, by names, by cells or by indices; and of what no table had.
    const [first] = cells
    const numbers = Object.fromEntries(
      ['area', 'age', 'rooms', 'distance'].map((name) => [name, Number(first![at(name)])]),
    )
    const names = { town: first![0]!, kind: first![1]!, condition: first![2]! }
    const lines = join(folder, 'rows.jsonl')
    const tell = async (...samples: object[]) => {
      await writeFile(lines, samples.map((each) => JSON.stringify(each)).join('\n'))
      return (await ashlarJson<Predicted>('predict', model, lines)).predictions
    }
    const told = await tell(
      { ...names, numbers },
      { ...names, town: { town: names.town }, numbers },
      { ...names, town: 'Atlantis', numbers },
      { ...names, town: [1], numbers },
      { ...names, town: '', numbers },
      { ...names, town: 0, numbers },
    )
    const price = ({ outputs }: { readonly outputs: Outputs }) => outputs.price!.data[0]!
    assert.ok(Math.abs(price(told[0]!) - price(predictions[0]!)) < 1e-5)
    const same = (a: number, b: number) =>
      assert.ok(Math.abs(price(told[a]!) - price(told[b]!)) < 1e-5)
    same(0, 1)
    same(2, 3)
    same(4, 5)
    assert.ok(Math.abs(price(told[0]!) - price(told[2]!)) > 1e-3)
    await writeFile(lines, JSON.stringify({ ...names, town: [1, 2], numbers }))
    assert.match(
      (await ashlar('predict', model, lines)).err,
      /line 1, town: must be int32 \[1\], as lists in lists, or the name of a category of town/,
    )
    await served(run, async (url) => {
      const asked = await ashlarJson<Predicted>('client', table, '--url', url)
      assert.is(asked.predictions.length, rows.length)
      for (const [index, each] of asked.predictions.entries()) {
        assert.ok(Math.abs(price(each) - price(predictions[index]!)) < 1e-4)
      }
    })
  }))

test('a table in memory: sizes of vocabularies and of the output follow from it', () => {
  const towns = Array.from({ length: 30 }, (_, at) => `town ${at}`)
  const rows = Array.from({ length: 240 }, (_, id) => {
    const town = (id * 7) % 30
    const size = Math.floor(id / 30) % 5
    return `${towns[town]},${size},${Math.sin(town * 3) + size / 5}`
  })
  const experiment = [
    'model: { name: table-network, hidden: [16] }',
    'dataset:',
    '  name: csv',
    '  file: table.csv',
    '  target: price',
    '  task: regression',
    '  categorical: [home town]',
    '  categories: index',
    'optimizer: { name: adam, learningRate: 0.02 }',
    'metrics: [r2]',
    'epochs: 30',
    'batchSize: 24',
  ].join('\n')
  const files = { 'table.csv': `home town,size,price\n${rows.join('\n')}\n`, 'a.yaml': experiment }
  return inScratch(files, async (folder) => {
    const { run, test: tested } = await ashlarJson<{ run: string; test: Record<string, number> }>(
      ...['run', join(folder, 'a.yaml'), '--out', join(folder, 'runs')],
    )
    assert.ok(tested.r2! > 0.9, JSON.stringify(tested))
    const again = await ashlarJson<{ metrics: Record<string, number> }>('evaluate', run)
    assert.ok(Math.abs(again.metrics.r2! - tested.r2!) < 1e-6)
    const row = join(folder, 'row.csv')
    await writeFile(row, 'home town,size\ntown 3,1\nelsewhere,1\n,1\n')
    const { predictions } = await ashlarJson<Predicted>('predict', run, row)
    assert.is(predictions.length, 3)
    assert.ok(
      Math.abs(Object.values(predictions[0]!.outputs)[0]!.data[0]! - (Math.sin(9) + 0.2)) < 0.4,
    )
  })
})

test('a table with its columns in another order is evaluated as the one that was trained on', () => {
  const rows = Array.from({ length: 120 }, (_, id) => ({
    town: `town ${id % 5}`,
    kind: `kind ${(id * 7) % 3}`,
    price: (id % 5) * 2 - ((id * 7) % 3),
  }))
  const table = (columns: readonly (keyof (typeof rows)[number])[]) =>
    [columns.join(), ...rows.map((row) => columns.map((name) => row[name]).join())].join('\n')
  const experiment = [
    'model: { name: table-network, hidden: [16] }',
    'dataset: { name: csv, file: a.csv, target: price, task: regression, categorical: [town, kind], categories: index }',
    'optimizer: { name: adam, learningRate: 0.02 }',
    'metrics: [r2]',
    'epochs: 20',
    'batchSize: 24',
  ].join('\n')
  const files = {
    'a.csv': table(['town', 'kind', 'price']),
    'b.csv': table(['price', 'kind', 'town']),
    'a.yaml': experiment,
  }
  return inScratch(files, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', join(folder, 'a.yaml'), '--out', join(folder, 'runs')],
    )
    const r2 = async (file: string) => {
      const path = `dataset.file=${join(folder, file)}`
      return (await ashlarJson<{ metrics: { r2: number } }>('evaluate', run, path)).metrics.r2
    }
    assert.is(await r2('b.csv'), await r2('a.csv'))
  })
})

test.run()
