import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { partition } from '../harness/partition.ts'
import { keepResult } from '../harness/results.ts'
import { rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { engines, OURS } from './engines.ts'
import { measurePredicting } from './measure.ts'
import { prepare } from './prepare.ts'

/** How long somebody waits who asks for one picture on the command line. */
export const predictBench: Bench = {
  name: 'predict',
  description: '`ashlar predict` on one picture, from its start to its end, beside Python',
  flags: {
    rounds: { type: 'string', default: '9' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --rounds N      starts of each (9)',
    '  --python PATH   an interpreter with onnxruntime, numpy and Pillow (bench/.venv, which bench/setup makes)',
    '  --json FILE     writes the rows there',
    '  --save          keeps the result in bench/results',
    '',
    'The command is that of the built packages: node scripts/build.js first.',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const rounds = countOf('rounds', String(values.rounds))
  const python = String(values.python)
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    const { present, missing } = await partition(engines, python)
    for (const [name, reason] of Object.entries(missing)) {
      console.error(`${name} is left out: ${reason}`)
    }
    const prepared = await prepare(folder)
    const { series, versions } = await measurePredicting(prepared, present, { python, rounds })
    const rows = rowsOf(series, OURS)
    console.log(`\n${tableOf(rows)}`)
    if (values.json !== undefined) {
      await writeFileSafely(String(values.json), `${JSON.stringify(rows, null, 2)}\n`)
    }
    if (!values.save) return
    await keepResult(RESULTS, ['predict', 'one-picture'], {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      command: commandOf(predictBench, values),
      versions,
      missing,
      rows,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
