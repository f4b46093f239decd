import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('reports of labels that are no single class')

/** A run that is small, and its report. */
async function reported(folder: string, args: readonly string[]): Promise<string> {
  const { run } = await ashlarJson<{ run: string }>('run', ...args, '--out', join(folder, 'runs'))
  const { code, err } = await ashlar('report', run)
  assert.is(code, 0, err)
  return readFile(join(run, 'report.html'), 'utf8')
}

const small = ['dataset.samples=64', 'dataset.testSamples=16', 'epochs=1']

/** Counts of the classes in the table beside the confusion matrix, in their order. */
function supports(page: string): number[] {
  const [, table = ''] = /Precision and recall of each class(.*?)<\/table>/s.exec(page) ?? []
  const rows = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => row!)
  return rows
    .filter((row) => !/mean/.test(row) && /<td/.test(row))
    .map((row) => Number([...row.matchAll(/>([\d,]+)</g)].at(-1)![1]!.replaceAll(',', '')))
}

test('masks: every pixel counts, by its class', () =>
  inScratch({}, async (folder) => {
    const page = await reported(folder, ['segment-shapes', ...small, 'dataset.size=16'])
    for (const words of ['Confusion matrix', '>disc<', '>square<', '>triangle<', 'mean-iou']) {
      assert.match(page, words)
    }
    assert.is(
      supports(page).reduce((sum, each) => sum + each, 0),
      16 * 16 * 16,
    )
  }))

test('tokens: what fills up does not count', () =>
  inScratch({}, async (folder) => {
    const page = await reported(folder, ['tag-words', ...small])
    assert.match(page, 'Confusion matrix')
    const all = supports(page).reduce((sum, each) => sum + each, 0)
    // Sixteen sentences, none of which fills all of its places.
    assert.ok(all > 16 * 3, `${all}`)
    assert.ok(all < 16 * 12, `${all}`)
  }))

test('several labels: precision and recall of each, and no confusion', () =>
  inScratch({}, async (folder) => {
    const page = await reported(folder, ['multi-label-shapes', ...small])
    assert.match(page, 'micro mean')
    assert.not.match(page, 'Confusion matrix')
    assert.match(page, '>triangle<')
  }))

test.run()
