import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar } from '../../support/ashlar.ts'
import { inScratch } from '../../support/scratch.ts'

const test = suite('what ashlar new experiment makes of odd tables')

/** Writes an experiment for two tables in a folder; returns what is said and what is written. */
async function written(folder: string, tables: { train: string; test?: string }) {
  for (const [name, text] of Object.entries(tables)) {
    await writeFile(join(folder, `${name}.csv`), text)
  }
  const file = join(folder, 'x.yaml')
  const { code, out, err } = await ashlar('new', 'experiment', folder, '--yes', '--out', file)
  assert.is(code, 0, err)
  assert.is((await ashlar('summary', file)).code, 0)
  return { out, dataset: parse(await readFile(file, 'utf8')).dataset }
}

const train = (header: string, row: (at: number) => string) =>
  `${header}\n${Array.from({ length: 70 }, (_, at) => row(at)).join('\n')}\n`

test('a column that the test table has not is left out, and one that only it has does no harm', () =>
  inScratch({}, async (folder) => {
    const { out, dataset } = await written(folder, {
      train: train('a,b,c,kind', (at) => `${at},${at % 7},${at % 5},${at % 2 ? 'x' : 'y'}`),
      test: 'a,b,more,kind\n1,2,3,x\n2,3,4,y\n',
    })
    assert.match(out, /c +numbers 0 to 4 \(left out: not in the test table\)/)
    assert.equal([dataset.test, dataset.features], ['test.csv', ['a', 'b']])
  }))

test('cells that are missing in the test table alone are filled, too', () =>
  inScratch({}, async (folder) => {
    const { out, dataset } = await written(folder, {
      train: train('a,town,kind', (at) => `${at},${at % 2 ? 'Ulm' : 'Bonn'},${at % 3 ? 'x' : 'y'}`),
      test: 'a,town,kind\nNA,,x\n2,Ulm,y\n5,,\n',
    })
    assert.match(out, /a +numbers 0 to 69, 1 missing to test\n/)
    assert.match(out, /town +2 names, 2 missing to test\n/)
    assert.match(out, /\nmissing {5}1 rows lack the target: they are left out\n/)
    assert.equal([dataset.missing, dataset.unlabelled], ['median', 'drop'])
  }))

test('the balance of more classes than are listed', () =>
  inScratch({}, async (folder) => {
    // 60 classes of two rows each, but for one of eight.
    const rows = Array.from(
      { length: 126 },
      (_, at) => `${at % 7},${at % 5},k${at < 120 ? at % 60 : 0}`,
    )
    const table = join(folder, 't.csv')
    await writeFile(table, `a,b,kind\n${rows.join('\n')}\n`)
    const file = join(folder, 'x.yaml')
    const { code, out, err } = await ashlar(
      ...['new', 'experiment', table, '--yes', '--out', file],
      ...['--target', 'kind', '--task', 'classification'],
    )
    assert.is(code, 0, err)
    assert.match(
      out,
      /kind: 60 classes\nbalance {5}the largest class has 4\.0 times the rows of the smallest\n/,
    )
    assert.is(parse(await readFile(file, 'utf8')).classWeights, 'balanced')
  }))

test('columns that are called like a variable of the environment stay columns', () =>
  inScratch({}, async (folder) => {
    const [first, last] = [`$\{env:ASHLAR_X,zz}`, `$$\{env:HOME}`]
    // The summary in it finds both.
    const { dataset } = await written(folder, {
      train: train(
        `a,"${first}","${last}"`,
        (at) => `${at},${at % 3 ? 'm' : 'n'},${at % 2 ? 'x' : 'y'}`,
      ),
    })
    assert.equal([dataset.categorical, dataset.target], [[`$${first}`], `$${last}`])
  }))

for (const [what, table] of [
  ['without the target', 'a,b\n1,2\n2,3\n'],
  ['whose target is empty', 'a,b,kind\n1,2,\n2,3,\n'],
] as const) {
  test(`a test table ${what} is no test: its rows are to be predicted`, () =>
    inScratch({}, async (folder) => {
      const { out, dataset } = await written(folder, {
        train: train('a,b,kind', (at) => `${at},${at % 7},${at % 2 ? 'x' : 'y'}`),
        test: table,
      })
      assert.match(
        out,
        /\ntest {8}.*test\.csv has no kind: its rows are to be predicted, and others held out to test with\n/,
      )
      assert.equal([dataset.test, dataset.testPart], [undefined, 0.2])
    }))
}

test('rows without a target are left out alone: what else is missing is filled', () =>
  inScratch({}, async (folder) => {
    const { dataset } = await written(folder, {
      train: train('a,b,kind', (at) => `${at % 3 ? '' : at},${at % 7},${at % 9 ? at % 2 : ''}`),
    })
    assert.equal(
      [dataset.unlabelled, dataset.missing, dataset.missingIndicator],
      ['drop', 'median', true],
    )
  }))

test('columns without a name, and those that say nothing in any words, are left out', () =>
  inScratch({}, async (folder) => {
    const { out, dataset } = await written(folder, {
      train: train(',a,none,,kind', (at) => `${at},${at % 7},NA,,${at % 2 ? 'x' : 'y'}`),
    })
    assert.match(out, /Unnamed: 0 +numbers 0 to 69 \(left out: numbers the rows\)/)
    assert.match(out, /none +0 names, 70 missing \(left out: empty\)/)
    assert.match(out, /Unnamed: 3 +0 names, 70 missing \(left out: empty\)/)
    assert.equal(dataset.features, ['a'])
  }))

test('rows whose target says NA are left out, among yes and no as among numbers', () =>
  inScratch({}, async (folder) => {
    for (const [yes, no] of [
      ['1', '0'],
      ['True', 'False'],
    ]) {
      await rm(join(folder, 'x.yaml'), { force: true })
      const { out, dataset } = await written(folder, {
        train: train('a,b,kind', (at) => `${at},${at % 7},${at % 7 ? (at % 2 ? yes : no) : 'NA'}`),
      })
      assert.match(out, /\ntarget {6}kind: 2 classes\n/)
      assert.match(out, /\nmissing {5}10 rows lack the target: they are left out\n/)
      assert.is(dataset.unlabelled, 'drop')
    }
    const { out } = await ashlar('summary', join(folder, 'x.yaml'))
    assert.match(out, /classifier +Dense +\[\?, 2\]/)
  }))

test('labels that only the test table has are classes of lists, and refused where one is right', () =>
  inScratch({}, async (folder) => {
    const lists = ['p|q', 'p', 'q', 'q|p']
    const { dataset } = await written(folder, {
      train: train('a,b,tags', (at) => `${at},${at % 7},${lists[at % 4]}`),
      test: 'a,b,tags\n1,2,p|r\n2,3,NA\n',
    })
    assert.equal([dataset.task, dataset.classes], ['multi-label', ['p', 'q', 'r']])
    await writeFile(
      join(folder, 'train.csv'),
      train('a,b,kind', (at) => `${at},${at % 7},${at % 2 ? 'x' : 'y'}`),
    )
    await writeFile(join(folder, 'test.csv'), 'a,b,kind\n1,2,x\n2,3,z\n')
    const file = join(folder, 'y.yaml')
    const { code, err } = await ashlar('new', 'experiment', folder, '--yes', '--out', file)
    assert.is(code, 1)
    assert.match(
      err,
      /test\.csv: the classes of "kind" must be those of .*train\.csv, and it has others, got \["z"\]\n {2}What no row is trained on cannot be told\./,
    )
  }))

test.run()
