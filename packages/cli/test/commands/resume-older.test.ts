import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar train --resume, of older runs')

const PRICES = Array.from({ length: 40 }, (_, at) => `${at % 7},${240_000 + 500 * (at % 7)}`)

test('a run of a version that did not derive a scale of its data goes on without one; others keep theirs', () =>
  inScratch(
    {
      'prices.csv': ['rooms,price', ...PRICES].join('\n'),
      'e.yaml':
        'model: { name: mlp, hidden: [4] }\ndataset: { name: csv-stream, files: prices.csv, target: price, task: regression }\nengine: tfjs\nepochs: 1\n',
    },
    async (folder) => {
      const out = join(folder, 'runs')
      const { run } = await ashlarJson<{ run: string }>(
        ...['train', join(folder, 'e.yaml'), '--out', out],
      )
      const facts = async () =>
        JSON.parse(await readFile(join(run, 'facts.json'), 'utf8')) as { targetScale?: object }
      const began = await facts()
      assert.ok(began.targetScale)
      await ashlarJson('train', '--resume', run, 'epochs=2')
      assert.equal(await facts(), began)
      for (const name of ['facts.json', 'description.json']) await rm(join(run, name))
      await ashlarJson('train', '--resume', run, 'epochs=3')
      assert.equal(await facts(), { version: 1 })
    },
  ))

test.run()
