import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('from an own table to predictions')

/** Columns of very different sizes; the class follows from two of them together, which no network learns that takes them as they are. */
function unscaled(count: number): string {
  let state = 11
  const share = () => {
    // The minimal standard generator of Park and Miller.
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const rows = Array.from({ length: count }, () => {
    const [income, rate, year] = [share(), share(), share()]
    const kind = ['low', 'middle', 'high'][Math.min(2, Math.floor(1.5 * (income + rate)))]
    return `${Math.round(20_000 + 180_000 * income)},${(rate / 1000).toPrecision(4)},${Math.round(1950 + 60 * year)},${kind}`
  })
  return `income,rate,year,kind\n${rows.join('\n')}\n`
}

test('a table that nobody has scaled is learned by what is written for it: 97.5 % of what was held out', () =>
  inScratch({}, async (folder) => {
    const [table, experiment] = [join(folder, 't.csv'), join(folder, 't.yaml')]
    await writeFile(table, unscaled(800))
    await ashlarJson('new', 'experiment', table, '--target', 'kind', '--yes', '--out', experiment)
    const { run, test: tested } = await ashlarJson<{ run: string; test: { accuracy: number } }>(
      ...['run', experiment, '--out', join(folder, 'runs')],
    )
    assert.ok(tested.accuracy >= 0.975, String(tested.accuracy))
    const fresh = join(folder, 'f.csv')
    await writeFile(fresh, 'year,rate,income\n1980,0.0000500,25000\n1960,0.000950,190000\n')
    const { predictions } = await ashlarJson<{ predictions: { class: string }[] }>(
      ...['predict', run, fresh],
    )
    assert.equal(
      predictions.map((each) => each.class),
      ['low', 'high'],
    )
  }))

/** As a spreadsheet of another language has it: nameless and empty columns, words for nothing, cells and answers that are missing. */
const ODD = [
  'Nr;Fläche;Ort;leer;Preis;;Kauft',
  ...Array.from({ length: 240 }, (_, at) => {
    const area = (at * 7919) % 4000
    const grouped = `${Math.floor(area / 1000)}.${String(area % 1000).padStart(3, '0')},5`
    const town = at % 11 ? ['Köln', 'Ulm'][(at * 31) % 2] : ''
    const buys = area > 2000 === (town === 'Ulm') ? 'ja' : 'nein'
    return `${at};${at % 8 ? grouped : ''};${town};NA;${(at * 13) % 50};;${at % 40 ? buys : ''}`
  }),
].join('\r\n')

test('an odd table is learned, and rows with cells that are missing are answered, in memory and as a stream', () =>
  inScratch({ 'odd.csv': `\ufeff${ODD}\r\n` }, async (folder) => {
    const experiment = join(folder, 'odd.yaml')
    await ashlarJson(
      ...['new', 'experiment', join(folder, 'odd.csv'), '--yes', '--out', experiment],
    )
    const streamed = join(folder, 'streamed.yaml')
    const text = await readFile(experiment, 'utf8')
    await writeFile(
      streamed,
      text.replace('name: csv', 'name: csv-stream').replace('  file:', '  files:'),
    )
    const fresh = join(folder, 'fresh.csv')
    await writeFile(fresh, 'Preis;Fläche;Ort\n3;3.500,5;Ulm\n3;1.000,5;Ulm\n;;\n4;100,5;Rom\n')
    const found: unknown[] = []
    for (const file of [experiment, streamed]) {
      const { run, test: tested } = await ashlarJson<{
        run: string
        test: { accuracy: number }
      }>(...['run', file, 'export.preprocess=true', '--out', join(folder, 'runs')])
      assert.ok(tested.accuracy > 0.8, String(tested.accuracy))
      const again = await ashlarJson<{ metrics: { accuracy: number } }>('evaluate', run)
      assert.is(again.metrics.accuracy, tested.accuracy)
      const { predictions } = await ashlarJson<{ predictions: { class: string }[] }>(
        ...['predict', run, fresh],
      )
      assert.equal(
        predictions.slice(0, 2).map((each) => each.class),
        ['ja', 'nein'],
      )
      found.push(tested, predictions)
    }
    assert.equal(found.slice(2), found.slice(0, 2))
  }))

test.run()
