import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countLeftOut, type Dataset } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('rows of tables that are left out')

/** The classes, all samples, and what was left out. */
async function seen(dataset: Dataset) {
  const splits = await dataset.load()
  return {
    classes: dataset.info.classes,
    samples: await Promise.all(partsOf(splits).map((split) => listed(split, dataset))),
    lacking: (splits.leftOut ?? []).map(({ reason }) => reason),
  }
}

test('words for nothing are no class beside numbers, and no answer beside yes and no; beside names they are names', () =>
  withTempFolder(async (folder) => {
    const words = ['NA', 'nan', '-']
    for (const [yes, no, isNothing] of [
      ['1', '0', true],
      ['True', 'False', true],
      ['7', '2.5', true],
      ['left', 'right', false],
    ] as const) {
      const lines = Array.from({ length: 12 }, (_, at) => {
        const cell = at % 4 === 3 ? words[at % 3] : at % 2 ? yes : no
        return `${at},${cell},${cell}`
      })
      await writeFile(join(folder, 'a.csv'), `n,kind,label\n${lines.join('\n')}\n`)
      const shared = { features: ['n'], unlabelled: 'drop', testPart: 3, standardize: false }
      const targets = [
        { target: 'kind', task: 'classification' },
        ...(yes === '1' || yes === 'True'
          ? [{ target: ['kind', 'label'], task: 'multi-label' }]
          : []),
      ]
      for (const own of targets) {
        const options = { ...shared, ...own }
        const inMemory = await seen(
          createAnyDataset(csv, { file: 'a.csv', ...options }, { folder }),
        )
        const streamed = createAnyDataset(
          csvStream,
          { files: 'a.csv', threads: 0, ...options },
          { folder },
        )
        assert.equal(await seen(streamed), inMemory)
        assert.is(inMemory.lacking.length, isNothing ? 3 : 0, yes)
        const classes = own.task === 'multi-label' ? own.target : isNothing ? [no, yes] : undefined
        if (classes) assert.equal([...inMemory.classes].sort(), [...classes].sort())
        else assert.is(inMemory.classes.length, 5)
      }
    }
  }))

test('a row that is left out may lack weight, split and group, too; one that stays may not', () =>
  withTempFolder(async (folder) => {
    const write = (...lines: string[]) =>
      writeFile(
        join(folder, 'a.csv'),
        `n,kind,w,split,group\n${['1,yes,1,train,a', '2,no,2,train,b', '3,yes,3,test,NA', ...lines].join('\n')}\n`,
      )
    const shared = {
      ...{ files: 'a.csv', features: ['n'], target: 'kind', task: 'classification' },
      ...{ standardize: false, threads: 0, unlabelled: 'drop', weight: 'w' },
    }
    const own = { splitBy: 'split' }
    const grouped = { groupBy: 'group', testPart: 1 }
    await write('4,,,,', '5,,-1,other,', '6,no,4,train,c')
    for (const more of [own, grouped]) {
      const dataset = createAnyDataset(csvStream, { ...shared, ...more }, { folder })
      const all = await Promise.all(
        partsOf(await dataset.load()).map((split) => listed(split, dataset)),
      )
      assert.equal(all.flatMap(({ weights }) => weights!).sort(), [1, 2, 3, 4])
    }
    for (const [line, field, more] of [
      ['6,no,,train,c', 'w', own],
      ['6,no,4,,c', 'split', own],
      ['6,no,4,train,', 'group', grouped],
    ] as const) {
      await write('4,,,,', line)
      assert.match(
        await refusal(() => createAnyDataset(csvStream, { ...shared, ...more }, { folder })),
        new RegExp(`a\\.csv, line 6, "${field}": there must be a value`),
      )
    }
  }))

test('of many rows that are left out the first thousand are told, and how many more there are', () =>
  withTempFolder(async (folder) => {
    const lines = Array.from({ length: 2500 }, (_, at) => `${at},${at % 5 ? '' : `k${at % 2}`}`)
    await writeFile(join(folder, 'a.csv'), `n,kind\n${lines.join('\n')}\n`)
    const options = {
      ...{ files: 'a.csv', features: ['n'], target: 'kind', task: 'classification' },
      ...{ threads: 0, unlabelled: 'drop' },
    }
    const {
      leftOut = [],
      train,
      test,
    } = await createAnyDataset(csvStream, options, {
      folder,
    }).load()
    assert.equal([leftOut.length, countLeftOut(leftOut)], [1001, 2000])
    assert.match(leftOut[999]!.where, /a\.csv, line 1251$/)
    assert.match(leftOut[1000]!.where, /a\.csv$/)
    assert.is(leftOut[1000]!.reason, 'has more rows without a value')
    assert.is(train.length + test.length, 500)
  }))

test.run()
