import { writeFile } from 'node:fs/promises'
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

test.run()
