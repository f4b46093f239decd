import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DataFiles } from '../../src/train/data/files.ts'
import { type Engine, OURS, YARDSTICK } from '../../src/train/engines.ts'
import { type MeasureOptions, measureWork, type Part, seriesOf } from '../../src/train/measure.ts'
import { workOf } from '../../src/train/work.ts'
import { declarationOf, declarations } from '../../src/train/works/index.ts'

const measure = suite('measure')

const work = workOf({ ...declarations[0]!, name: 'w', samples: 'rows' })

const part = (name: string, rates: number[], flops?: number): Part => ({
  engine: { name },
  details: flops === undefined ? {} : { flops },
  starts: { cold: 2 },
  peak: 300,
  rates,
})

measure('gives throughput, first step and memory', () => {
  const series = seriesOf(work, [part(OURS, [100, 200])])
  assert.equal(
    series.map(({ metric, unit, values }) => [metric, unit, values]),
    [
      ['throughput', 'rows/s', [100, 200]],
      ['first step', 's', [2]],
      ['peak memory', 'MiB', [300]],
    ],
  )
})

measure('of a language model tokens are counted', () => {
  const language = workOf(declarationOf('text-gpt'))
  const [throughput] = seriesOf(language, [part(OURS, [100, 200])])
  assert.equal([throughput!.unit, throughput!.values], ['tokens/s', [6400, 12_800]])
})

measure('an engine that keeps something for its next process has a second start', () => {
  const series = seriesOf(work, [{ ...part(OURS, [1]), starts: { cold: 5, warm: 3 } }])
  assert.equal(
    series.filter(({ unit }) => unit === 's').map(({ metric, values }) => [metric, values]),
    [
      ['first step', [5]],
      ['second start', [3]],
    ],
  )
})

/** An engine whose worker is a program of a few lines. */
function engine(name: string, code: string, cacheFolder?: string): Engine {
  const program = `
    const lines = require('node:readline').createInterface({ input: process.stdin })
    const answer = (result) => console.log(JSON.stringify({ result }))
    const others = { measure: { images: 64, seconds: 0.5, processor: 0.25 }, memory: { peak: 10 }, details: {} }
    ;(async () => { for await (const line of lines) {
      const request = JSON.parse(line)
      if (request.method !== 'prepare') { answer(others[request.method]); continue }
      ${code}
    } })()`
  return {
    ...{ name, family: name, takes: () => true, ...(cacheFolder && { cacheFolder }) },
    command: () => ({ command: process.execPath, args: ['-e', program] }),
    missing: () => Promise.resolve(undefined),
  }
}

const PREPARED = "answer({ version: '1', processor: 7 })"

const options: Omit<MeasureOptions, 'say'> = {
  places: { python: '', tfjsNode: '' },
  data: {} as DataFiles,
  ...{ threads: 1, seconds: 0.001, rounds: 2, clock: 'wall', patience: 60 },
}

measure('whoever fails is left out, in words, and the others go on: ours too', async () => {
  const said: string[] = []
  const { series, versions, failed } = await measureWork(
    work,
    [
      engine(OURS, "throw new Error('cannot start')"),
      engine('peer', PREPARED),
      engine('late', PREPARED.replace('answer', 'others.measure = undefined; answer')),
    ],
    { ...options, say: (text) => said.push(text) },
  )
  assert.equal(Object.keys(failed), [OURS, 'late'])
  assert.match(failed[OURS]!, /cannot start/)
  assert.match(said.join('\n'), /w training: ashlar is left out: (.|\n)*cannot start/)
  assert.equal(Object.keys(versions), ['peer'])
  assert.equal([...new Set(series.map((each) => each.engine))], ['peer'])
  assert.equal(series.find(({ metric }) => metric === 'throughput')!.values, [128, 128])
})

measure('processor time in place of the clock, where it is asked for', async () => {
  const { series } = await measureWork(work, [engine('peer', PREPARED)], {
    ...{ ...options, clock: 'processor' },
    say: () => undefined,
  })
  const valuesOf = (metric: string) => series.find((each) => each.metric === metric)!.values
  assert.equal(valuesOf('throughput'), [256, 256])
  assert.equal(valuesOf('first step'), [7])
})

measure('all workers find what is said of them in their environment', async () => {
  const code = "answer({ version: process.env.WIDEST ?? 'unset' })"
  const { versions } = await measureWork(work, [engine('peer', code)], {
    ...{ ...options, env: { WIDEST: 'avx2' } },
    say: () => undefined,
  })
  assert.is(versions.peer, 'avx2')
})

measure('a first step that does not end is not waited for', async () => {
  const { failed } = await measureWork(work, [engine(OURS, '/* never answers */')], {
    ...{ ...options, patience: 0.5 },
    say: () => undefined,
  })
  assert.is(failed[OURS], 'its first step has not ended after 0.5 s')
})

measure('the second start finds what the first has kept, in a folder that was empty', async () => {
  const code = `
    const { existsSync, mkdirSync } = require('node:fs')
    const wasThere = existsSync(process.env.KEPT)
    mkdirSync(process.env.KEPT, { recursive: true })
    answer({ version: String(wasThere) + process.env.KEPT })`
  const { series, versions } = await measureWork(work, [engine('peer', code, 'KEPT')], {
    ...options,
    say: () => undefined,
  })
  assert.match(versions.peer!, /^true/)
  assert.not(existsSync(versions.peer!.slice('true'.length)), 'the folder is gone afterwards')
  assert.is(series.filter(({ metric }) => metric === 'second start').length, 1)
})

measure('arithmetic is the work done of what the matrix product does in the same round', () => {
  const series = seriesOf(work, [
    part(OURS, [1000, 2000], 1e8),
    part('peer', [500, 500]),
    // GFLOP/s
    part(YARDSTICK.name, [400, 1000]),
  ])
  const arithmetic = series.filter(({ metric }) => metric === 'arithmetic')
  assert.equal(
    arithmetic.map(({ engine, values }) => [engine, values]),
    [
      // 1,000 images/s of 0.1 GFLOP each are 100 GFLOP/s.
      [OURS, [25, 20]],
      ['peer', [12.5, 5]],
    ],
  )
  assert.equal(
    series.filter(({ engine }) => engine === YARDSTICK.name).map(({ metric }) => metric),
    ['matrix product'],
  )
})

measure.run()
