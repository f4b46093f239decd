import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('bundled tasks')

/** A figure that is stated: a metric, and how it must be. */
interface Figure {
  readonly metric: string
  readonly isLeast: boolean
  readonly bound: number
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

const EXPERIMENTS = new URL('../../experiments/', import.meta.url)

/** What each must reach on its test split, as the table beside the experiments says. */
const FIGURES = new Map<string, readonly Figure[]>(
  readFileSync(new URL('README.md', EXPERIMENTS), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name, , figures = ''] = line.split('|').map((cell) => cell.trim())
      const found = [...figures.matchAll(/`([\w-]+)` ([≥≤]) ([\d.]+)/g)].map(
        ([, metric, sign, bound]) => ({
          metric: metric!,
          isLeast: sign === '≥',
          bound: Number(bound),
        }),
      )
      return found.length > 0 ? [[name!.replaceAll('`', ''), found] as const] : []
    }),
)

/** Those of pictures of digits, which are told of elsewhere. */
const DIGITS = /mnist|digits/

test('each has a row with its figure', () => {
  const names = readdirSync(EXPERIMENTS)
    .filter((file) => file.endsWith('.yaml') && !DIGITS.test(file))
    .map((file) => file.replace('.yaml', ''))
  assert.equal([...FIGURES.keys()].sort(), names.sort())
})

// Half a minute each.
const some = sampled(5, test)

for (const [name, figures] of FIGURES) {
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
      for (const { metric, isLeast, bound } of figures) {
        const value = found[metric]!
        assert.ok(isLeast ? value >= bound : value <= bound, `${metric} ${value}, stated ${bound}`)
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
