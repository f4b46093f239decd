import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mixedTable } from '../../src/index.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('a table that code writes')

const inCache = (use: (home: string) => Promise<void>) =>
  withTempFolder((home) => withCacheIn(home, () => use(home)))

test('is a CSV in the cache, mended where somebody changed it, and the same data each time', () =>
  inCache(async (home) => {
    const make = () => createAnyDataset(mixedTable, { samples: 60, testSamples: 20 })
    const { digest, train, test: tested } = await make().load()
    assert.equal([train.length, tested.length], [60, 20])
    const [folder] = readdirSync(join(home, 'datasets/mixed-table'))
    const path = join(home, 'datasets/mixed-table', folder!, 'train.csv')
    const text = readFileSync(path, 'utf8')
    assert.match(text, /^town,kind,condition,area,age,rooms,distance,price,sold\n/)
    writeFileSync(path, text.slice(0, 100))
    assert.is((await make().load()).digest, digest)
    assert.is(readFileSync(path, 'utf8'), text)
    const others = createAnyDataset(mixedTable, { samples: 60, testSamples: 20, seed: 1 })
    assert.is.not((await others.load()).digest, digest)
  }))

test('what cannot be written is told', () =>
  inCache(async (home) => {
    writeFileSync(join(home, 'datasets'), '')
    assert.match(
      await refusal(() => createAnyDataset(mixedTable)),
      /train\.csv: must be writable \(.*\)\n {2}Make room or allow writing there, or set ASHLAR_HOME/,
    )
  }))

test.run()
