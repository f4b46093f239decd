import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunView, renderReport } from '../../src/index.ts'

const test = suite('a report of the components')

const EVIL = '</script><img src=x onerror=alert(1)>"\'&'

const view = (more: Partial<RunView> = {}): RunView => ({
  ...{ name: 'run', title: EVIL, outcome: 'finished', notes: { tags: [EVIL], note: EVIL } },
  figures: Array.from({ length: 7 }, (_, i) => ({ name: `figure ${i}`, value: i })),
  ...{ config: EVIL, provenance: [[EVIL, EVIL]] },
  ...more,
})
const curves = {
  run: 'run',
  series: [{ metric: EVIL, part: 'training' as const, steps: [1, 2], values: [1, 2], total: 2 }],
}

const classified = (count: number) => {
  const names = Array.from({ length: count }, (_, i) => `${EVIL}${i}`)
  const mean = { precision: 0.5, recall: 0.25, f1: 1 / 3 }
  return {
    ...{ task: 'classification' as const, samples: count, accuracy: 1, topK: {} },
    perClass: names.map((name, i) => ({ name, ...mean, precision: i / count, support: 1 })),
    ...{ macro: mean, weighted: mean, calibrationError: 0.1 },
    calibration: [{ from: 0, to: 1, samples: 2, confidence: 0.5, accuracy: 0.25 }],
    confusion: names.map((_, i) => names.map((__, j) => Number(i === j))),
  }
}

const render = (more: Partial<RunView> = {}) =>
  renderReport({ view: view(more), curves, plots: [], stored: false })

test('texts stay texts, in the page as in its data', async () => {
  const page = await render({
    evaluation: classified(3),
    mistakes: [{ index: 1, label: EVIL, prediction: EVIL, confidence: 1, picture: undefined }],
    balance: { classes: [EVIL], splits: [{ name: EVIL, counts: [3] }] },
    augmented: [{ label: EVIL, picture: undefined }],
    verification: { facts: [[EVIL, EVIL]], cases: [{ inputs: EVIL, batch: '1', largest: 1 }] },
  })
  assert.not.match(page, '<img')
  assert.is(page.match(/<\/script>/g)!.length, 2)
  const [, data = ''] = /id="curves-data">([^<]*)<\/script>/.exec(page) ?? []
  assert.equal(JSON.parse(data), curves)
})

test('the one script that runs is the one that the policy knows', async () => {
  const page = await render()
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(page) ?? []
  assert.ok(script.length > 10_000)
  const digest = createHash('sha256').update(script).digest('base64')
  assert.match(
    page,
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}';`,
  )
  // A browser loads nothing, from the style either.
  assert.not.match(page.replace(script, ''), /https?:|url\(|@import|<link|<\w[^>]* src=/)
})

test('tiles: seven in a row, or four and three; the last of an odd number on a phone is as wide as two', async () => {
  const page = await render()
  assert.match(page, /<dl class="figures" style="--all:7;\s?--half:4;?">/)
  assert.match(page, 'div:last-child:nth-child(odd) { grid-column: span 2 }')
})

test('columns of numbers have as many decimals in each row', async () => {
  const page = await render({ evaluation: classified(4) })
  const rows = [...page.matchAll(/<tr><th scope="row" class="text">.*?<\/tr>/g)].map(([row]) => row)
  assert.is(rows.length, 6)
  const cells = rows.map((row) => [...row.matchAll(/<td>([^<]*)<\/td>/g)].map(([, cell]) => cell!))
  for (let column = 0; column < 3; column++) {
    const decimals = cells.map((row) => row[column]!.split('.')[1]?.length)
    assert.is(new Set(decimals).size, 1, `${cells.map((row) => row[column])}`)
  }
})

test('a matrix of many classes has shades alone, with the counts for who cannot see them', async () => {
  assert.match(
    await render({ evaluation: classified(5) }),
    /<td class="strong"[^>]*--part:\s?100%.*?>1<\/td>/,
  )
  const many = await render({ evaluation: classified(40) })
  assert.match(many, 'class="matrix dense"')
  assert.match(many, '<span class="hidden">1</span>')
})

test('what there is nothing of has no heading', async () => {
  const page = await render()
  const heads = [...page.matchAll(/<h2>([^<]*)/g)].map(([, head]) => head)
  assert.equal(heads, ['Training', 'Exported file', 'Experiment', 'Where it comes from'])
})

test.run()
