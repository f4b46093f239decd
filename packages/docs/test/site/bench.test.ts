import { fileURLToPath } from 'node:url'
import { parseHTML } from 'linkedom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { barChart, figureOf } from '../../src/site/bench/chart.ts'
import { benchPages } from '../../src/site/bench/pages.ts'
import { readResults } from '../../src/site/bench/results.ts'

const test = suite('charts of the bench')
const RESULTS = fileURLToPath(new URL('../../../../bench/results/', import.meta.url))
const row = (engine: string, value: number) => ({
  ...{ work: 'w', engine, batch: null, metric: 'throughput', unit: 'images/s', ratio: null },
  ...{ value, spread: [value * 0.9, value * 1.1] as const },
})

test('a bar for each engine, as long as its value', () => {
  const svg = barChart('a "title"', [row('ashlar', 1200), row('other <b>', 600)])
  const { document } = parseHTML(svg)
  const bars = [...document.querySelectorAll('[aria-label="bar"] rect')]
  const [ours, other] = bars.map((bar) => Number(bar.getAttribute('width')))
  assert.ok(Math.abs(ours! / other! - 2) < 0.01)
  assert.equal(
    bars.map((bar) => bar.getAttribute('fill')),
    ['var(--chart-ours)', 'var(--chart-others)'],
  )
  const words = [...document.querySelectorAll('text')].map((text) => text.textContent)
  for (const word of ['ashlar', 'other <b>', '1,200', '600']) assert.ok(words.includes(word), word)
})

test('figures have the digits that they are good for', () => {
  assert.equal([11579.6, 0.92250075, 12.34, 0, 100].map(figureOf), [
    '11,580',
    '0.923',
    '12.3',
    '0',
    '100',
  ])
})

test('each kept measurement has its part, and all that can be compared a chart', async () => {
  const results = await readResults(RESULTS)
  const pages = benchPages(results)
  assert.equal(
    pages.map(({ path }) => path),
    [...results.keys()].map((name) => `benchmarks/${name}.md`),
  )
  for (const { path, text } of pages) {
    const kept = results.get(/benchmarks\/(\w+)/.exec(path)![1]!)!
    for (const [name, { rows, command }] of kept) {
      assert.ok(text.includes(`## ${name.replaceAll('-', ' ')}\n`), name)
      assert.ok(text.includes(command), name)
      for (const { value } of rows) assert.ok(text.includes(figureOf(value)), `${name} ${value}`)
    }
  }
  const charts = pages.map(({ text }) => text.split('```chart\n<svg').length - 1)
  assert.ok(charts.reduce((sum, count) => sum + count) > 20, charts.join(' '))
})

test.run()
