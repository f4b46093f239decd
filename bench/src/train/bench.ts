import { availableParallelism } from 'node:os'
import { writeFileSafely } from '@ashlar/core'
import { ConfigError, unknownName } from '@ashlar/errors'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { partition } from '../harness/partition.ts'
import { keepResult } from '../harness/results.ts'
import { type Row, rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { withDataFiles } from './data.ts'
import { type Engine, engines, OURS, type Places, YARDSTICK } from './engines.ts'
import { measureWork } from './measure.ts'
import { chooseWorks } from './work.ts'

/** Training and inference of the same networks by Ashlar and its peers. */
export const trainBench: Bench = {
  name: 'train',
  description: 'training and inference of MiniResNet and ResNet-18 on MNIST, beside its peers',
  flags: {
    work: { type: 'string' },
    engines: { type: 'string' },
    batch: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: String(availableParallelism()) },
    python: { type: 'string', default: PYTHON },
    'tfjs-node': { type: 'string', default: '' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --work NAMES       only works with these words: "mini-resnet training,resnet18"',
    '  --engines NAMES    only these: "ashlar,keras fit"; ashlar always takes part',
    '  --batch SIZES      other batch sizes: "16,64,512"',
    '  --rounds N         turns of each engine (7)',
    '  --seconds N        of one turn (2)',
    '  --threads N        of every engine (one per core)',
    '  --python PATH      an interpreter with torch, tensorflow and keras (bench/.venv, which bench/setup makes)',
    '  --tfjs-node FOLDER a project with a working @tensorflow/tfjs-node (default: what ashlar native install made)',
    '  --json FILE        writes the rows there',
    '  --save             keeps the result in bench/results',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const text = (name: string) => values[name] as string | undefined
  const chosen = chooseWorks(text('work'), text('batch'))
  const places: Places = { python: text('python')!, tfjsNode: text('tfjs-node')! }
  const threads = countOf('threads', text('threads')!)
  const rounds = countOf('rounds', text('rounds')!)
  const seconds = countOf('seconds', text('seconds')!, false)
  const wanted = chooseEngines(text('engines'))
  const { present, missing } = await partition(wanted, places)
  for (const [name, reason] of Object.entries(missing))
    console.error(`${name} is left out: ${reason}`)

  const all: Row[] = []
  await withDataFiles(async (data) => {
    const options = {
      places,
      data,
      threads,
      seconds,
      rounds,
      say: (said: string) => console.error(said),
    }
    for (const work of chosen) {
      const own = present.filter(({ modes }) => modes.includes(work.mode))
      const { series, versions } = await measureWork(work, own, options)
      const rows = rowsOf(series, OURS)
      all.push(...rows)
      console.log(`\n${tableOf(rows)}`)
      if (values.save) {
        const result = {
          date: new Date().toISOString().slice(0, 10),
          machine: thisMachine(),
          command: commandOf(trainBench, values),
          versions,
          missing,
          rows,
        }
        const name = [...work.name.split(' '), `batch-${work.batch}`, `threads-${threads}`].join(
          '-',
        )
        await keepResult(RESULTS, ['train', name], result)
      }
    }
  })
  const json = text('json')
  if (json !== undefined) await writeFileSafely(json, `${JSON.stringify(all, null, 2)}\n`)
}

/** @param asked names parted by commas; all engines by default. */
function chooseEngines(asked: string | undefined): Engine[] {
  if (asked === undefined) return [...engines, YARDSTICK]
  const names = asked.split(',').map((name) => name.trim())
  const known = [...engines, YARDSTICK]
  const unknown = names.find((name) => !known.some((each) => each.name === name))
  if (unknown !== undefined) {
    const all = [...new Set(known.map(({ name }) => name))]
    throw new ConfigError(unknownName('--engines', 'engine', unknown, all))
  }
  return known.filter(({ name }) => name === OURS || names.includes(name))
}
