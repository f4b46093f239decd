import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { partition } from '../harness/partition.ts'
import { keepResult } from '../harness/results.ts'
import { type Row, rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { engines, OURS } from './engines.ts'
import { measureExport } from './measure.ts'
import { chooseWorks } from './work.ts'

/** Export of the same networks by Ashlar and its peers, and the speed of their files. */
export const exportBench: Bench = {
  name: 'export',
  description:
    'export of MiniResNet and ResNet-18 and the speed of the files, beside Keras and PyTorch',
  flags: {
    work: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    batch: { type: 'string', default: '1,256' },
    threads: { type: 'string', default: String(availableParallelism()) },
    python: { type: 'string', default: PYTHON },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --work NAMES    only these: "mini-resnet nhwc,resnet18 nchw"',
    '  --rounds N      exports of each engine after its first, and turns of each file (5)',
    '  --seconds N     of one turn of a file (1)',
    '  --batch SIZES   of inference ("1,256")',
    '  --threads N     of the onnxruntime that runs the files (one per core)',
    '  --python PATH   an interpreter with keras, tf2onnx, torch and onnxscript (bench/.venv, which bench/setup makes)',
    '  --json FILE     writes the rows there',
    '  --save          keeps the result in bench/results',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const text = (name: string) => values[name] as string
  const chosen = chooseWorks(values.work as string | undefined)
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  const options = {
    python: text('python'),
    threads: countOf('threads', text('threads')),
    rounds: countOf('rounds', text('rounds')),
    seconds: countOf('seconds', text('seconds'), false),
    batches: text('batch')
      .split(',')
      .map((size) => countOf('batch', size)),
    folder,
    say: (said: string) => console.error(said),
  }
  const all: Row[] = []
  try {
    const { present, missing } = await partition(engines, options.python)
    for (const [name, reason] of Object.entries(missing)) {
      console.error(`${name} is left out: ${reason}`)
    }
    for (const work of chosen) {
      const own = present.filter((engine) => engine.takes(work))
      const { series, versions } = await measureExport(work, own, options)
      const rows = rowsOf(series, OURS)
      all.push(...rows)
      console.log(`\n${tableOf(rows)}`)
      if (!values.save) continue
      await keepResult(RESULTS, ['export', work.name.replaceAll(' ', '-')], {
        date: new Date().toISOString().slice(0, 10),
        machine: thisMachine(),
        command: commandOf(exportBench, values),
        versions,
        missing,
        rows,
      })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (values.json !== undefined) {
    await writeFileSafely(text('json'), `${JSON.stringify(all, null, 2)}\n`)
  }
}
