import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'
import { served } from '../support/served.ts'

const test = suite('several labels of records')

const YAML = `
model: { name: mlp, hidden: [32] }
dataset:
  name: csv-stream
  files: points.csv
  features: [x, y]
  target: [right, top]
  task: multi-label
optimizer: { name: adam, learningRate: 0.02 }
metrics: [f1]
epochs: 12
batchSize: 32
`

test('columns that say yes or no: loss and metrics follow, what is exported gives a number for each', () => {
  const rows = Array.from({ length: 400 }, (_, id) => {
    const [x, y] = [((id * 37) % 100) / 50 - 1, ((id * 61) % 100) / 50 - 1]
    return `${x},${y},${x > 0 ? 'yes' : 'no'},${y > 0 ? 'yes' : 'no'}`
  })
  const files = { 'points.csv': `x,y,right,top\n${rows.join('\n')}\n`, 'a.yaml': YAML }
  return inScratch(files, async (folder) => {
    const { run, test: tested } = await ashlarJson<{ run: string; test: Record<string, number> }>(
      ...['run', join(folder, 'a.yaml'), '--out', join(folder, 'runs')],
    )
    assert.ok(tested.f1! > 0.95, JSON.stringify(tested))
    // The same table in memory.
    await writeFile(
      join(folder, 'b.yaml'),
      YAML.replace('csv-stream', 'csv').replace('files:', 'file:'),
    )
    const held = await ashlarJson<{ test: Record<string, number> }>(
      ...['run', join(folder, 'b.yaml'), '--out', join(folder, 'held')],
    )
    assert.ok(held.test.f1! > 0.95, JSON.stringify(held.test))
    const points = join(folder, 'three.csv')
    await writeFile(points, 'x,y\n0.9,0.9\n-0.9,0.9\n-0.9,-0.9\n')
    const { predictions } = await ashlarJson<{
      predictions: { labels: string[]; probabilities: Record<string, number> }[]
    }>('predict', run, points)
    assert.equal(
      predictions.map(({ labels }) => labels),
      [['right', 'top'], ['top'], []],
    )
    assert.ok(predictions[1]!.probabilities.right! < 0.5)
    const { out } = await ashlar('predict', run, points)
    assert.match(out, /row +labels\n/)
    assert.match(out, /1 +right \d\.\d{3}, top \d\.\d{3}\n/)
    assert.match(out, /3 +none\n/)
    const { out: table } = await ashlar('predict', run, points, '--csv')
    assert.match(table, /^file,row,right,top\n/)
    await served(run, async (url) => {
      const asked = await ashlarJson<{
        answers: { classes: { label: string; value: number }[]; labels: string[] }[]
      }>(...['client', points, '--url', url, '--top', '2'])
      const [, second] = asked.answers
      assert.equal(
        second!.classes.map(({ label }) => label),
        ['top', 'right'],
      )
      // Those that are right, however many are asked for.
      assert.equal(
        asked.answers.map(({ labels }) => labels),
        [['right', 'top'], ['top'], []],
      )
      const { out: told } = await ashlar('client', points, '--url', url, '--top', '1')
      assert.match(told, /row 1 {2}right \d\.\d{3}, top \d\.\d{3}\n/)
      assert.match(told, /row 3 {2}none\n/)
    })
  })
})

/** Films whose genres follow from what is known of them. */
const FILMS = Array.from({ length: 300 }, (_, id) => {
  const [year, budget] = [1950 + ((id * 37) % 70), 1 + ((id * 61) % 200)]
  const country = ['US', 'FR', 'IN'][(id * 7) % 3]!
  const genres = [
    ...(year > 1985 ? ['Sci-Fi'] : []),
    ...(budget > 100 ? ['Action & Adventure'] : []),
    ...(country === 'FR' ? ['Drama'] : []),
  ]
  return { cells: `${id % 17 ? year : ''},${budget},${country}`, genres }
})
const LABELS = ['Action & Adventure', 'Drama', 'Sci-Fi']

for (const [how, header, cellsOf] of [
  ['a column of lists', 'genres', (genres: string[]) => genres.join('|')],
  [
    'a column for each',
    LABELS.map((label) => `genre: ${label}`).join(),
    (genres: string[]) => LABELS.map((label) => Number(genres.includes(label))).join(),
  ],
] as const) {
  test(`what is written for ${how} is learned, in memory and as a stream`, () => {
    const rows = FILMS.map(({ cells, genres }) => `${cells},${cellsOf(genres)}`)
    const files = { 'films.csv': `year,budget,country,${header}\n${rows.join('\n')}\n` }
    return inScratch(files, async (folder) => {
      const file = join(folder, 'films.yaml')
      await ashlarJson('new', 'experiment', join(folder, 'films.csv'), '--yes', '--out', file)
      const text = await readFile(file, 'utf8')
      const streamed = join(folder, 'streamed.yaml')
      await writeFile(
        streamed,
        text.replace('name: csv', 'name: csv-stream').replace('  file:', '  files:'),
      )
      const found: unknown[] = []
      for (const each of [file, streamed]) {
        const { run, test: tested } = await ashlarJson<{
          run: string
          test: Record<string, number>
        }>('run', each, '--out', join(folder, 'runs'))
        assert.ok(tested.accuracy! > 0.95, JSON.stringify(tested))
        const fresh = join(folder, 'fresh.csv')
        await writeFile(fresh, 'year,budget,country\n2010,190,FR\n,3,US\n')
        const { predictions } = await ashlarJson<{ predictions: { labels: string[] }[] }>(
          ...['predict', run, fresh],
        )
        assert.is(predictions[0]!.labels.length, 3)
        found.push(tested, predictions)
      }
      // The same numbers, and so the same model.
      assert.equal(found.slice(2), found.slice(0, 2))
    })
  })
}

test.run()
