import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mixedTable } from '../../src/index.ts'
import { withCacheIn } from '../support/cache-home.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed } from '../support/streams.ts'
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
    // What a writer left behind that was killed long ago.
    const left = `${path}.1.part`
    writeFileSync(left, '')
    utimesSync(left, 1, 1)
    assert.is((await make().load()).digest, digest)
    assert.is(readFileSync(path, 'utf8'), text)
    assert.not.ok(existsSync(left))
    const others = createAnyDataset(mixedTable, { samples: 60, testSamples: 20, seed: 1 })
    assert.is.not((await others.load()).digest, digest)
  }))

test('limits and a part that validates are taken, and what is fitted follows from the rows that are left', () =>
  inCache(async () => {
    const sizes = { samples: 60, testSamples: 20 }
    const make = (more: object) => createAnyDataset(mixedTable, { ...sizes, ...more })
    const all = make({})
    const few = make({ limit: 12, testLimit: 5 })
    const { train, test: tested, validation } = await few.load()
    assert.equal([train.length, tested.length, validation], [12, 5, undefined])
    const parts = await make({ validation: 0.25 }).load()
    assert.equal([parts.train.length, parts.validation!.length], [45, 15])
    const most = (of: typeof all) => of.info.inputs!.town!.range![1]
    // Two are for what is missing and for what no row has that is trained on.
    assert.ok(most(few) <= 12 + 1 && most(few) < most(all) && most(all) <= 40 + 1)
    assert.equal(all.info.outputs!.sold!.classes, ['no', 'yes'])
    const { inputs, labels } = await listed(train, few)
    const { town, condition, numbers } = inputs as Record<string, number[]>
    assert.equal([town!.length, condition!.length, numbers!.length], [12, 12, 48])
    assert.ok(town!.every((index) => index >= 2))
    assert.equal(Object.keys(labels as object), ['price', 'sold'])
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
