import { writeFileSafely } from '@ashlar/core/files'
import { packageVersions } from '@ashlar/experiment'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { keepResult } from '../harness/results.ts'
import { rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { BACKENDS, measure } from './measure.ts'
import { works } from './works.ts'

/** Whether the tfjs backend makes small eager programs slower than tfjs's own. */
export const backendBench: Bench = {
  name: 'backend',
  description:
    'small eager programs on the tfjs backend onnxruntime, beside tfjs on its CPU backend',
  flags: {
    rounds: { type: 'string', default: '9' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --rounds N    turns of each (9)',
    '  --json FILE   writes the rows there',
    '  --save        keeps the result in bench/results',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const rounds = countOf('rounds', String(values.rounds))
  const series = []
  for (const work of works) {
    const { times } = await measure(work, rounds)
    console.error(`${work.name}: measured`)
    for (const engine of BACKENDS) {
      const metric = 'processor time'
      series.push({
        work: work.name,
        engine,
        batch: null,
        metric,
        unit: 'ms',
        values: times[engine],
      })
    }
  }
  const rows = rowsOf(series, BACKENDS[0])
  console.log(`\n${tableOf(rows)}`)
  if (values.json !== undefined) {
    await writeFileSafely(String(values.json), `${JSON.stringify(rows, null, 2)}\n`)
  }
  if (!values.save) return
  await keepResult(RESULTS, ['backend', 'small-programs'], {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    command: commandOf(backendBench, values),
    versions: { ashlar: packageVersions()['@ashlar/core']! },
    missing: {},
    rows,
  })
}
