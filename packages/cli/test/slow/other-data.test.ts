import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a run with other data')

/** A table whose class follows from its number. */
const table = (towns: readonly string[], [many, few]: readonly [string, string]) => {
  const rows = Array.from({ length: 60 }, (_, row) => {
    const size = (row * 37) % 60
    return `${towns[row % towns.length]},${size},${size < 30 ? few : many}`
  })
  return `town,size,kind\n${rows.join('\n')}\n`
}

const files = {
  'own.csv': table(['Bonn', 'Kiel', 'Ulm'], ['many', 'few']),
  'fewer.csv': table(['Kiel', 'Ulm'], ['many', 'few']),
  'unseen.csv': table(['Bonn', 'Kiel', 'Rome', 'Ulm'], ['many', 'few']),
  'classes.csv': table(['Bonn', 'Kiel', 'Ulm'], ['most', 'few']),
  'x.yaml': `name: x
dataset: { name: csv, file: own.csv, target: kind, task: classification, categorical: [town], testPart: 12 }
model: { name: mlp, hidden: [4] }
epochs: 1
batchSize: 16
engine: tfjs
`,
}

test('is evaluated by the categories that it was trained with, and refused for classes that it does not know', () =>
  inScratch(files, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>(
      ...['train', join(folder, 'x.yaml'), '--out', join(folder, 'runs')],
    )
    const on = (name: string) => `dataset.file=${join(folder, name)}`
    for (const name of ['fewer.csv', 'unseen.csv']) {
      const { samples } = await ashlarJson<{ samples: number }>('evaluate', run, on(name))
      assert.is(samples, 12, name)
    }
    const refused = await ashlar('evaluate', run, on('classes.csv'))
    assert.is(refused.code, 1)
    assert.match(
      refused.err,
      /csv: the classes must be those that the model was trained with, in their order: few, many, got "few, most"\n +It does not know most\. There is no sample of many\./,
    )
  }))

test.run()
