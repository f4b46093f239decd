import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeFileSafely } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { Bench, FlagValues } from '../bench.ts'
import { thisMachine } from '../harness/machine.ts'
import { keepResult } from '../harness/results.ts'
import { rowsOf, type Series } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'

const EXPERIMENT = 'mnist-mini-resnet'

/** What an epoch comes to over several seeds, so that speed is not bought with accuracy. */
export const accuracyBench: Bench = {
  name: 'accuracy',
  description: 'test accuracy of MiniResNet after one epoch of MNIST, over several seeds',
  flags: {
    seeds: { type: 'string', default: '0,1,2,3,4' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --seeds LIST   parted by commas (0,1,2,3,4)',
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
    const results = fileURLToPath(new URL('../../results', import.meta.url))
    await keepResult(results, ['accuracy', `${EXPERIMENT}-seeds-${seeds.join('-')}`], result)
  }
  if (typeof values.json === 'string') {
    await writeFileSafely(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  }
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
