import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('bundled tasks')

/** What each must reach on its test split; a seed of its own reaches more. */
const FIGURES: Readonly<Record<string, Readonly<Record<string, (value: number) => boolean>>>> = {
  'segment-shapes': { 'mean-iou': (value) => value > 0.88 },
  // The sentences leave 1.33 open.
  'text-gpt': { perplexity: (value) => value < 1.4 },
  'table-mixed': { price_r2: (value) => value > 0.95, sold_auc: (value) => value > 0.88 },
  'text-classify': { accuracy: (value) => value > 0.98 },
  'multi-label-shapes': { f1: (value) => value > 0.92 },
  'tag-words': { accuracy: (value) => value > 0.98 },
  'forecast-waves': { r2: (value) => value > 0.95 },
  'remember-waves': { r2: (value) => value > 0.95 },
  'autoencode-shapes': { 'mean-absolute-error': (value) => value < 0.05 },
}

for (const [name, figures] of Object.entries(FIGURES)) {
  test(`${name} reaches its figure, and its file equals the model`, () =>
    inScratch({}, async (folder) => {
      const { test: found, export: exported } = await ashlarJson<{
        test: Readonly<Record<string, number>>
        export: { report: { verification: { passed: boolean } } }
      }>('run', name, '--out', join(folder, 'runs'))
      for (const [metric, isReached] of Object.entries(figures)) {
        assert.ok(isReached(found[metric]!), `${metric} ${found[metric]}`)
      }
      assert.ok(exported.report.verification.passed)
    }))
}

test.run()
