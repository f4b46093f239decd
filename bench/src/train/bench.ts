import { availableParallelism } from 'node:os'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, EngineError, unknownName } from '@ashlar/errors'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { kindOf, thisMachine } from '../harness/machine.ts'
import { partition } from '../harness/partition.ts'
import { keepResult } from '../harness/results.ts'
import { type Row, rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { withDataFiles } from './data/files.ts'
import { type Engine, engines, OURS, type Places, YARDSTICK } from './engines.ts'
import { CLOCKS, type MeasuredWork, type MeasureOptions, measureWork } from './measure.ts'
import { withFile } from './network-file.ts'
import { summaryOf } from './summary.ts'
import { limitOf } from './vectors.ts'
import { chooseWorks, type Work } from './work.ts'
import { declarationOf } from './works/index.ts'

/** Largest size of the samples of a work, in bytes: what a network needs is not to be lost beside them. */
const DATA_BYTES = 2 ** 25

/** The most samples. */
const MOST_SAMPLES = 60_000

/** Training and inference of the same networks by Ashlar and its peers. */
export const trainBench: Bench = {
  name: 'train',
  description: 'training of networks of many kinds, and inference, beside its peers',
  flags: {
    work: { type: 'string' },
    engines: { type: 'string' },
    batch: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    patience: { type: 'string', default: '300' },
    clock: { type: 'string', default: CLOCKS[0] },
    threads: { type: 'string', default: String(availableParallelism()) },
    vectors: { type: 'string' },
    python: { type: 'string', default: PYTHON },
    'tfjs-node': { type: 'string', default: '' },
    built: { type: 'boolean', default: false },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --work NAMES       only works with these words: "mini-resnet training,resnet18"; all by default, and for "all"',
    '  --engines NAMES    only these: "ashlar,keras fit"; ashlar always takes part',
    '  --batch SIZES      other batch sizes: "16,64,512"',
    '  --rounds N         turns of each engine (7)',
    '  --seconds N        of one turn (2)',
    '  --patience N       seconds, by the wall clock, that a first step may take before an engine is left out (300)',
    '  --clock CLOCK      wall, or processor: for a machine that is busy, with --threads 1, as threads that wait for others count too (wall)',
    '  --threads N        of every engine (one per core)',
    '  --vectors avx2     as on a processor without wider ones: PyTorch is told so, and onnxruntime must be one that does not see them',
    '  --python PATH      an interpreter with torch, tensorflow and keras (bench/.venv, which bench/setup makes)',
    '  --tfjs-node FOLDER a project with a working @tensorflow/tfjs-node (default: what ashlar native install made)',
    '  --built            Ashlar out of the built packages, as users have it: reading TypeScript takes up to a second of a start',
    '  --json FILE        writes the rows there',
    '  --save             keeps the result in bench/results, for this kind of processor',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const text = (name: string) => values[name] as string | undefined
  const chosen = chooseWorks(text('work'), text('batch'))
  const places: Places = {
    ...{ python: text('python')!, tfjsNode: text('tfjs-node')! },
    isBuilt: values.built === true,
  }
  const threads = countOf('threads', text('threads')!)
  const rounds = countOf('rounds', text('rounds')!)
  const seconds = countOf('seconds', text('seconds')!, false)
  const wanted = chooseEngines(text('engines'))
  const patience = countOf('patience', text('patience')!, false)
  const clock = CLOCKS.find((each) => each === text('clock'))
  if (clock === undefined) {
    throw new ConfigError(unknownName('--clock', 'clock', text('clock')!, CLOCKS))
  }
  const vectors = text('vectors')
  const limit = vectors === undefined ? undefined : await limitOf(vectors)
  const options = { places, env: limit?.env ?? {}, threads, seconds, rounds, clock, patience, say }
  const { present, missing } = await partition(wanted, places)
  for (const [name, reason] of Object.entries(missing)) say(`${name} is left out: ${reason}`)

  const all: Row[] = []
  const lost: string[] = []
  for (const work of chosen) {
    const takers = present.filter((engine) => engine.takes(work))
    const measured = await measureIn(work, takers, options)
    if (measured instanceof Error || OURS in measured.failed) lost.push(work.name)
    if (measured instanceof Error) {
      say(`${work.name} is left out: ${measured.message}`)
      continue
    }
    const { series, versions, failed } = measured
    const rows = rowsOf(series, OURS)
    all.push(...rows)
    console.log(`\n${tableOf(rows)}`)
    if (!values.save) continue
    const machine = { ...thisMachine(), ...(limit && { keptTo: limit.vectors }) }
    const name = [
      ...work.name.split(' '),
      ...[`batch-${work.batch}`, `threads-${threads}`, kindOf(machine)],
      ...(clock === 'wall' ? [] : [clock]),
    ].join('-')
    await keepResult(RESULTS, ['train', name], {
      date: new Date().toISOString().slice(0, 10),
      machine,
      command: commandOf(trainBench, values),
      versions,
      missing: { ...missing, ...failed },
      rows,
    })
  }
  console.log(`\n${summaryOf(all, wanted)}`)
  const json = text('json')
  if (json !== undefined) await writeFileSafely(json, `${JSON.stringify(all, null, 2)}\n`)
  if (lost.length > 0) {
    throw new EngineError({
      where: 'pnpm bench train',
      expected: 'Ashlar must do every work',
      given: lost,
      hint: 'Why it did not is said above.',
    })
  }
}

function say(text: string): void {
  console.error(text)
}

/** Measures a work on its data; what goes wrong ends this work alone. */
async function measureIn(
  work: Work,
  chosen: readonly Engine[],
  options: Omit<MeasureOptions, 'data'>,
): Promise<MeasuredWork | Error> {
  try {
    const { data } = declarationOf(work.network)
    const { inputs } = await data(work.sizes, 1)
    const count = Math.min(MOST_SAMPLES, Math.floor(DATA_BYTES / inputs.byteLength))
    const samples = await data(work.sizes, Math.max(count, work.batch))
    return await withDataFiles(samples, async (files, folder) =>
      measureWork(await withFile(work, options.places.python, folder), chosen, {
        ...options,
        data: files,
      }),
    )
  } catch (error) {
    return error as Error
  }
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
