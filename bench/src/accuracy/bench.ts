import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, EngineError } from '@ashlar/errors'
import type { Bench, FlagValues } from '../bench.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { partition } from '../harness/partition.ts'
import { keepResult } from '../harness/results.ts'
import { type Row, rowsOf, type Series } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { OURS } from '../train/engines.ts'
import { learners } from '../train/learn.ts'
import { chooseWorks } from '../train/work.ts'
import { declarationOf } from '../train/works/index.ts'
import { learnAll, seriesOf as seriesFromPeers, worseThanPeers } from './against-peers.ts'

const EXPERIMENT = 'mnist-mini-resnet'

/** What an epoch comes to over several seeds, so that speed is not bought with accuracy. */
export const accuracyBench: Bench = {
  name: 'accuracy',
  description:
    'test accuracy of MiniResNet after one epoch of MNIST, or losses of other networks beside their peers, over several seeds',
  flags: {
    work: { type: 'string' },
    steps: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    python: { type: 'string', default: PYTHON },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --work NAMES   works of the bench train instead: some steps from the same weights as PyTorch and Keras; "all", "lstm,gpt"',
    '  --steps N      of each of them (what the work declares, or 200)',
    '  --threads N    of every engine (one per core)',
    '  --python PATH  an interpreter with torch, tensorflow and keras (bench/.venv, which bench/setup makes)',
    '  --seeds LIST   parted by commas (0,1,2,3,4); works need two at least',
    '  --json FILE    writes the rows there',
    '  --save         keeps the result in bench/results',
  ],
  run,
}

/** What `ashlar train --json` says, as far as it is used here. */
interface TrainSummary {
  readonly test: { readonly accuracy: number; readonly loss: number }
  readonly samplesPerSecond: number
  readonly environment: { readonly packages: Readonly<Record<string, string>> }
}

async function run(values: FlagValues): Promise<void> {
  const seeds = String(values.seeds).split(',').map(Number)
  if (!seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) {
    throw new ConfigError({
      where: '--seeds',
      expected: 'must be whole numbers parted by commas',
      given: values.seeds,
    })
  }
  if (values.work !== undefined) return runWorks(values, seeds)
  const summaries: TrainSummary[] = []
  for (const seed of seeds) {
    const summary = await trainOnce(seed)
    const percent = (100 * summary.test.accuracy).toFixed(2)
    console.error(`seed ${seed}: ${percent} % of the test images`)
    summaries.push(summary)
  }
  const rows = rowsOf(seriesOf(summaries), '')
  console.log(tableOf(rows))
  if (values.save) {
    const { packages } = summaries[0]!.environment
    const result = {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      command: `pnpm bench accuracy --seeds ${seeds}`,
      versions: { ashlar: `onnxruntime ${packages['onnxruntime-node']}` },
      missing: {},
      rows,
    }
    await keepResult(RESULTS, ['accuracy', `${EXPERIMENT}-seeds-${seeds.join('-')}`], result)
  }
  if (typeof values.json === 'string') {
    await writeFileSafely(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  }
}

/** Samples that each network is tested on. */
const TESTED = 1024

/** Of works that declare nothing. */
const STEPS = 200

/** Largest number of samples to train on where a work declares none; a run of more steps goes over them again. */
const TRAINED = 8192

async function runWorks(values: FlagValues, seeds: readonly number[]): Promise<void> {
  const text = (name: string) => values[name] as string
  if (seeds.length < 2) {
    throw new ConfigError({ where: '--seeds', expected: 'must be two at least', given: seeds })
  }
  const chosen = chooseWorks(text('work'), undefined).filter(({ mode }) => mode === 'training')
  const places = { python: text('python'), tfjsNode: '' }
  const threads = countOf('threads', text('threads'))
  const asked = values.steps === undefined ? undefined : countOf('steps', text('steps'))
  const { present, missing } = await partition(learners, places)
  for (const [name, reason] of Object.entries(missing)) {
    console.error(`${name} is left out: ${reason}`)
  }
  const all: Row[] = []
  const worse: string[] = []
  for (const work of chosen) {
    const { learns } = declarationOf(work.network)
    const steps = asked ?? learns?.steps ?? STEPS
    const most = Math.floor((learns?.samples ?? TRAINED) / work.batch)
    const trained = work.batch * Math.min(steps, most)
    const options = { places, threads, steps, trained, tested: TESTED }
    let series: Series[]
    try {
      series = seriesFromPeers(work, await learnAll(work, present, seeds, options))
    } catch (error) {
      worse.push(`${work.name}: ${(error as Error).message}`)
      console.error(`${work.name} is left out: ${(error as Error).message}`)
      continue
    }
    worse.push(...worseThanPeers(series))
    const rows = rowsOf(series, OURS)
    all.push(...rows)
    console.log(`\n${tableOf(rows)}`)
    if (!values.save) continue
    await keepResult(RESULTS, ['accuracy', `${work.network}-steps-${steps}`], {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      command: commandOf(accuracyBench, values),
      versions: {},
      missing,
      rows,
    })
  }
  if (values.json !== undefined) {
    await writeFileSafely(text('json'), `${JSON.stringify(all, null, 2)}\n`)
  }
  if (worse.length === 0) return
  throw new EngineError({
    where: 'pnpm bench accuracy',
    expected: 'Ashlar must learn as well as its peers, within noise',
    hint: worse.join('\n'),
  })
}

/** A number per seed for each metric. */
export function seriesOf(
  summaries: readonly Pick<TrainSummary, 'test' | 'samplesPerSecond'>[],
): Series[] {
  const series = (
    metric: string,
    unit: string,
    value: (summary: Pick<TrainSummary, 'test' | 'samplesPerSecond'>) => number,
  ): Series => ({
    work: `${EXPERIMENT}, one epoch`,
    engine: 'ashlar',
    batch: 64,
    metric,
    unit,
    values: summaries.map(value),
  })
  return [
    series('test accuracy', '%', ({ test }) => 100 * test.accuracy),
    series('test loss', '', ({ test }) => test.loss),
    series('throughput', 'images/s', ({ samplesPerSecond }) => samplesPerSecond),
  ]
}

/** The command that a user would type, in a folder that is removed again. */
async function trainOnce(seed: number): Promise<TrainSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-accuracy-'))
  try {
    const cli = fileURLToPath(new URL('../../../packages/cli/src/from-source.ts', import.meta.url))
    const args = [cli, 'train', EXPERIMENT, `seed=${seed}`, `out=${folder}`, '--json']
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, ...args], {
      maxBuffer: 2 ** 26,
    })
    return JSON.parse(stdout) as TrainSummary
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
