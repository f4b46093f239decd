import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('numbers to predict that are far from 0')

const RUN = 'optimizer: { name: adam, learningRate: 0.01 }\nmetrics: [r2]\nbatchSize: 8\n'

test('of pictures, by a network that is given nothing but its name', () => {
  const experiment = `
model: { name: simple-cnn, filters: [4, 8], dropout: 0 }
dataset: { name: json-lines, files: prices.jsonl, input: photo, as: picture, size: [12, 12], channels: 1, target: price, task: regression, testPart: 16 }
epochs: 30
${RUN}`
  return inScratch({ 'x.yaml': experiment }, async (folder) => {
    await mkdir(join(folder, 'photos'))
    const lines: string[] = []
    for (let at = 0; at < 64; at++) {
      const shade = (at * 37) % 256
      const photo = join('photos', `${at}.png`)
      const background = { r: shade, g: shade, b: shade }
      await sharp({ create: { width: 12, height: 12, channels: 3, background } })
        .png()
        .toFile(join(folder, photo))
      lines.push(JSON.stringify({ photo, price: 250_000 + 900 * shade }))
    }
    await writeFile(join(folder, 'prices.jsonl'), lines.join('\n'))
    const { run, test: tested } = await ashlarJson<{ run: string; test: { r2: number } }>(
      ...['run', join(folder, 'x.yaml'), '--out', join(folder, 'runs')],
    )
    assert.ok(tested.r2 > 0.95, `${tested.r2}`)
    const { predictions } = await ashlarJson<{ predictions: { value: number }[] }>(
      ...['predict', run, join(folder, 'photos', '5.png')],
    )
    const [{ value }] = predictions as [{ value: number }]
    assert.ok(Math.abs(value - (250_000 + 900 * 185)) < 20_000, `${value}`)
  })
})

test('a run stays as it was trained on data whose numbers lie elsewhere', () => {
  const experiment = `
model: { name: mlp, hidden: [16] }
dataset: { name: csv, file: a.csv, target: price, task: regression }
epochs: 10
${RUN}`
  const table = (from: number) => {
    const rows = Array.from({ length: 80 }, (_, at) => (at % 20) + from)
    return `size,price\n${rows.map((size) => `${size},${9000 * size}`).join('\n')}\n`
  }
  const files = { 'x.yaml': experiment, 'a.csv': table(0), 'b.csv': table(5) }
  return inScratch(files, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>(
      ...['run', join(folder, 'x.yaml'), '--out', join(folder, 'runs')],
    )
    for (const file of ['a.csv', 'b.csv']) {
      // The file knows nothing of the other table.
      const { agreement } = await ashlarJson<{ agreement: { largestDifference: number } }>(
        ...['evaluate', run, '--on', 'both', `dataset.file=${join(folder, file)}`],
      )
      assert.ok(agreement.largestDifference < 1, `${file}: ${agreement.largestDifference}`)
    }
  })
})

test.run()
