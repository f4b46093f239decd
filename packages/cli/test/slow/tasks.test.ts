import { join } from 'node:path'
import { sampled } from '@ashlar/test-support'
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
  'transcribe-melodies': { 'character-error-rate': (value) => value < 0.05 },
  'forecast-waves': { r2: (value) => value > 0.95 },
  'remember-waves': { r2: (value) => value > 0.95 },
  'autoencode-shapes': { 'mean-absolute-error': (value) => value < 0.05 },
}

/** What smaller files of them are judged by, by output; `''` for the only one. */
const JUDGED: Readonly<Record<string, Readonly<Record<string, 'accuracy' | 'r2'>>>> = {
  'segment-shapes': { '': 'accuracy' },
  'table-mixed': { price: 'r2', sold: 'accuracy' },
  'multi-label-shapes': { '': 'accuracy' },
  'tag-words': { '': 'accuracy' },
  'forecast-waves': { '': 'r2' },
}

interface OutputJudgement {
  readonly accuracy?: { readonly float: number; readonly reduced: number }
  readonly r2?: { readonly float: number; readonly reduced: number }
  readonly drop: number
}

/** A smaller file of a run is held against its labels, whatever these are. */
async function judgesReduced(name: string, run: string): Promise<void> {
  const wanted = JUDGED[name]
  if (wanted === undefined) return
  const { reduced } = await ashlarJson<{
    reduced: {
      report: {
        judgement: OutputJudgement & { outputs?: Readonly<Record<string, OutputJudgement>> }
      }
    }
  }>('export', run, '--precision', 'fp16')
  const { judgement } = reduced.report
  for (const [output, measure] of Object.entries(wanted)) {
    const { [measure]: found, drop } = output === '' ? judgement : judgement.outputs![output]!
    assert.ok(found!.float > 0.75, `${name} ${output} ${measure} ${found!.float}`)
    assert.ok(Math.abs(found!.float - found!.reduced) < 0.01 && drop < 1)
  }
}

// Half a minute each.
const some = sampled(5, test)

for (const [name, figures] of Object.entries(FIGURES)) {
  some(`${name} reaches its figure, and its file equals the model`, () =>
    inScratch({}, async (folder) => {
      const {
        run,
        test: found,
        export: exported,
      } = await ashlarJson<{
        run: string
        test: Readonly<Record<string, number>>
        export: { report: { verification: { passed: boolean } } }
      }>('run', name, '--out', join(folder, 'runs'))
      for (const [metric, isReached] of Object.entries(figures)) {
        assert.ok(isReached(found[metric]!), `${metric} ${found[metric]}`)
      }
      assert.ok(exported.report.verification.passed)
      await judgesReduced(name, run)
    }),
  )
}

test('prices in hundreds of thousands are learned by what a new experiment decides', () => {
  const rows = Array.from({ length: 300 }, (_, i) => {
    const [area, rooms] = [40 + ((i * 37) % 200), 1 + ((i * 11) % 6)]
    return `${area},${rooms},${area * 2500 + rooms * 10_000 + ((i * 7919) % 5000)}`
  })
  return inScratch({ 'houses.csv': `area,rooms,price\n${rows.join('\n')}\n` }, async (folder) => {
    const experiment = join(folder, 'houses.yaml')
    await ashlarJson(
      ...['new', 'experiment', join(folder, 'houses.csv'), '--yes', '--out', experiment],
    )
    const { test: found } = await ashlarJson<{ test: Readonly<Record<string, number>> }>(
      ...['run', experiment, 'metrics=[r2]', '--out', join(folder, 'runs')],
    )
    assert.ok(found.r2! > 0.97, `r2 ${found.r2}`)
  })
})

test('so are prices by towns of many names', () => {
  const rows = Array.from({ length: 600 }, (_, i) => {
    const [town, rooms] = [(i * 7) % 40, 1 + ((i * 11) % 6)]
    return `town ${town},${rooms},${Math.round(400_000 + 150_000 * Math.sin(town * 2.7) + rooms * 30_000)}`
  })
  return inScratch({ 'houses.csv': `town,rooms,price\n${rows.join('\n')}\n` }, async (folder) => {
    const experiment = join(folder, 'houses.yaml')
    await ashlarJson(
      ...['new', 'experiment', join(folder, 'houses.csv'), '--yes', '--out', experiment],
    )
    const { test: found } = await ashlarJson<{ test: Readonly<Record<string, number>> }>(
      ...['run', experiment, 'metrics=[r2]', '--out', join(folder, 'runs')],
    )
    assert.ok(found.r2! > 0.97, `r2 ${found.r2}`)
  })
})

test.run()
