import { writeFile } from 'node:fs/promises'
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

test.run()
