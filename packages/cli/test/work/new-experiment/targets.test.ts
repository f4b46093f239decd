import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar } from '../../support/ashlar.ts'
import { inScratch } from '../../support/scratch.ts'

const test = suite('what ashlar new experiment predicts')

/** Comments, as numbers that are known of them, and what is wrong with each. */
const COMMENTS = [
  'id,length,capitals,toxic,obscene,threat',
  ...Array.from({ length: 70 }, (_, i) => {
    const [toxic, obscene] = [Number(i % 3 === 0), Number(i % 5 < 2)]
    return `${i},${(i * 37) % 91},${(i * 13) % 29},${toxic},${obscene},${toxic * obscene}`
  }),
].join('\n')

test('columns that say yes or no each: one is predicted, the others are offered, and several if somebody says so', () =>
  inScratch({ 't.csv': `${COMMENTS}\n` }, async (folder) => {
    const write = async (name: string, ...args: string[]) => {
      const file = join(folder, `${name}.yaml`)
      const table = join(folder, 't.csv')
      const { code, out, err } = await ashlar(
        ...['new', 'experiment', table, '--yes', '--out', file, ...args],
      )
      assert.is(code, 0, err)
      assert.is((await ashlar('summary', file)).code, 0)
      return { out, ...parse(await readFile(file, 'utf8')) }
    }
    const one = await write('one')
    assert.equal([one.dataset.target, one.dataset.task], ['threat', 'classification'])
    assert.match(
      one.out,
      /\nlabels\? {5}toxic, obscene say yes or no, too: several are predicted at once with --target for each\n/,
    )
    const all = await write('all', '--task', 'multi-label')
    assert.equal(
      [all.dataset.target, all.dataset.task, all.dataset.features],
      [['toxic', 'obscene', 'threat'], 'multi-label', ['length', 'capitals']],
    )
    assert.is(all.classWeights, undefined)
    assert.match(
      all.out,
      /\ntarget {6}3 labels, yes or no to each\n {12}toxic {4}24\n {12}obscene {2}28\n {12}threat {3}10\nlabels {6}0\.8857 of a row on average\n/,
    )
    const two = await write('two', '--target', 'toxic', '--target', 'threat')
    assert.equal(
      [two.dataset.target, two.dataset.task, two.dataset.features],
      [['toxic', 'threat'], 'multi-label', ['length', 'capitals', 'obscene']],
    )
    const args = ['new', 'experiment', join(folder, 't.csv'), '--out', join(folder, 'x.yaml')]
    const several = ['--target', 'toxic', '--target', 'length']
    const cases: readonly [string[], RegExp][] = [
      [
        several,
        /several columns to predict must say yes or no, and length does not, got \["toxic", "length"\]/,
      ],
      [
        ['--target', 'toxic', '--target', 'toxic'],
        /must be named once each, and toxic is there twice/,
      ],
      [['--target', 'toxic', '--target', 'rude'], /column must be one of id, .*, got "rude"/],
      [
        ['--target', 'toxic', '--target', 'threat', '--task', 'regression'],
        /there must be one column to predict for --task regression, got \["toxic", "threat"\]\n {2}Several that say yes or no are --task multi-label\./,
      ],
    ]
    for (const [more, message] of cases) {
      const refused = await ashlar(...args, ...more)
      assert.is(refused.code, 2)
      assert.match(refused.err, message)
    }
    const single = await ashlar(...args, '--target', 'length', '--task', 'multi-label')
    assert.is(single.code, 1)
    assert.match(
      single.err,
      /the column "length" must hold lists of names that come again, such as action\|comedy, to be several labels, got \[.*\n {2}Columns that say yes or no each are named one after the other: --target COLUMN --target COLUMN\./,
    )
  }))

test('columns that are called labels, and say yes or no, are those to predict', () => {
  const text = COMMENTS.replace('toxic,obscene', 'label_toxic,label_obscene')
  return inScratch({ 't.csv': `${text}\n` }, async (folder) => {
    const file = join(folder, 't.yaml')
    await ashlar('new', 'experiment', join(folder, 't.csv'), '--yes', '--out', file)
    const { dataset } = parse(await readFile(file, 'utf8'))
    assert.equal(
      [dataset.target, dataset.task, dataset.features],
      [['label_toxic', 'label_obscene'], 'multi-label', ['length', 'capitals', 'threat']],
    )
  })
})

test('a column of lists: its names are the labels, and rows without one have none', () => {
  const rows = Array.from({ length: 70 }, (_, i) => {
    const genres = [i % 2 ? 'Sci-Fi' : '', i % 3 ? '' : 'Action & Adventure', i % 5 ? '' : 'Drama']
    return `Film ${i},${1950 + i},${genres.filter(Boolean).join('|')}`
  })
  return inScratch({ 'films.csv': `title,year,genres\n${rows.join('\n')}\n` }, async (folder) => {
    const file = join(folder, 'films.yaml')
    const { out } = await ashlar(
      ...['new', 'experiment', join(folder, 'films.csv'), '--yes', '--out', file],
    )
    assert.match(
      out,
      /\ntarget {6}3 labels, lists of them in genres\n {12}Sci-Fi {14}35\n {12}Action & Adventure {2}24\n {12}Drama {15}14\n/,
    )
    assert.not.match(out, 'lack')
    const { dataset } = parse(await readFile(file, 'utf8'))
    assert.equal(dataset, {
      ...{ name: 'csv', file: 'films.csv', testPart: 0.2, validation: 0.15, target: 'genres' },
      ...{ task: 'multi-label', classes: ['Action & Adventure', 'Drama', 'Sci-Fi'] },
      ...{ features: ['year'], standardize: true },
    })
    assert.is((await ashlar('summary', file)).code, 0)
    // It may be one of many classes all the same.
    const other = join(folder, 'other.yaml')
    const args = ['--task', 'classification', '--out', other]
    await ashlar('new', 'experiment', join(folder, 'films.csv'), ...args)
    assert.equal(parse(await readFile(other, 'utf8')).dataset.task, 'classification')
  })
})

test.run()
