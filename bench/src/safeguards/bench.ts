import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MiniResNet } from '@ashlar/blocks'
import {
  adam,
  bestWeights,
  type Callback,
  checkpoint,
  cosineDecay,
  csvLog,
  instantiate,
  loadSamples,
  metricsLog,
  nanGuard,
  type Samples,
  writeFileSafely,
} from '@ashlar/core'
import { mnist } from '@ashlar/datasets'
import { ConfigError } from '@ashlar/errors'
import { packageVersions } from '@ashlar/experiment'
import type { Bench, FlagValues } from '../bench.ts'
import { thisMachine } from '../harness/machine.ts'
import { keepResult } from '../harness/results.ts'
import { rowsOf } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'

const BATCH = 64
const WITH = 'checkpoints and logs'
const WITHOUT = 'none'

/** What it costs to be safe: training with checkpoints and all logs, against training with nothing. */
export const safeguardsBench: Bench = {
  name: 'safeguards',
  description: 'training of MiniResNet on MNIST with checkpoints and all logs, against without',
  flags: {
    steps: { type: 'string', default: '400' },
    every: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --steps N     in one turn (400)',
    '  --every N     steps between two checkpoints (200)',
    '  --rounds N    turns of each (5)',
    '  --json FILE   writes the rows there',
    '  --save        keeps the result in bench/results',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const steps = countOf('steps', values)
  const every = countOf('every', values)
  const rounds = countOf('rounds', values)
  const { train } = await loadSamples(instantiate(mnist, { limit: steps * BATCH }))
  const speeds = { [WITH]: [] as number[], [WITHOUT]: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? [WITH, WITHOUT] : [WITHOUT, WITH]) {
      const speed = await inFolder((folder) =>
        speedOf(train, name === WITH ? safeguards(folder, every) : []),
      )
      console.error(`round ${round + 1}, ${name}: ${Math.round(speed)} images/s`)
      speeds[name as keyof typeof speeds]!.push(speed)
    }
  }
  const series = Object.entries(speeds).map(([engine, numbers]) => ({
    work: `mini-resnet training, ${steps} steps`,
    engine,
    batch: BATCH,
    metric: 'throughput',
    unit: 'images/s',
    values: numbers,
  }))
  const rows = rowsOf(series, WITH)
  console.log(`\n${tableOf(rows)}`)
  if (values.json !== undefined) {
    await writeFileSafely(String(values.json), `${JSON.stringify(rows, null, 2)}\n`)
  }
  if (!values.save) return
  const folder = fileURLToPath(new URL('../../results', import.meta.url))
  await keepResult(folder, ['safeguards', `mini-resnet-every-${every}`], {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    command: `pnpm bench safeguards --steps ${steps} --every ${every} --rounds ${rounds}`,
    versions: { ashlar: packageVersions()['@ashlar/core']! },
    missing: {},
    rows,
  })
}

/** Every callback of core that writes or looks at weights. */
function safeguards(folder: string, everySteps: number): Callback[] {
  return [
    metricsLog(join(folder, 'metrics.jsonl')),
    csvLog(join(folder, 'metrics.csv')),
    nanGuard(),
    bestWeights(join(folder, 'best')),
    checkpoint(join(folder, 'checkpoints'), { everySteps }),
  ]
}

/** Images per second of one epoch, preparations not counted. */
async function speedOf(train: Samples, callbacks: readonly Callback[]): Promise<number> {
  const model = new MiniResNet(10)
  model.compile({
    optimizer: adam({ learningRate: cosineDecay({ initial: 2e-3 }) }),
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  try {
    const { seconds } = await model.fit(train, { batchSize: BATCH, callbacks })
    return train.length / seconds
  } finally {
    model.dispose()
  }
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function countOf(flag: string, values: FlagValues): number {
  const count = Number(values[flag])
  if (Number.isInteger(count) && count > 0) return count
  throw new ConfigError({
    where: `--${flag}`,
    expected: 'must be a whole number above 0',
    given: values[flag],
  })
}
