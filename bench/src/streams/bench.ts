import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError } from '@ashlar/errors'
import { packageVersions } from '@ashlar/experiment'
import type { Bench, FlagValues } from '../bench.ts'
import { missingModule } from '../harness/commands.ts'
import { commandOf, countOf, PYTHON, RESULTS } from '../harness/flags.ts'
import { thisMachine } from '../harness/machine.ts'
import { keepResult } from '../harness/results.ts'
import { rowsOf, type Series } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { type Measurements, measure, residentOf, type Subject } from './measure.ts'
import { writePictures } from './pictures.ts'

const BATCH = 32
/** Threads that decode beside PyTorch's as many processes. */
const DECODERS = 2
/** Pictures of the smaller folder that memory is held against. */
const FEW = 2000

const WHATS = ['train', 'decode', 'memory']

/** What it costs to read pictures while training, against those in memory; decoding alone, beside PyTorch's; and what is held of few and of many. */
export const streamsBench: Bench = {
  name: 'streams',
  description:
    'training on pictures that are streamed, against those in memory, and decoding alone',
  flags: {
    what: { type: 'string', default: 'train,decode,memory' },
    pictures: { type: 'string', default: '20000' },
    width: { type: 'string', default: '0.5' },
    cores: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '4' },
    python: { type: 'string', default: PYTHON },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --what LIST     train, decode, memory (all)',
    '  --pictures N    JPEGs of 64 x 64 that are written to a temporary folder (20000)',
    '  --width N       of MiniResNet, whose steps are made longer by it, as a part of its own (0.5)',
    '  --cores N       threads of a step; by default one for each core',
    '  --rounds N      turns of each (7)',
    '  --seconds N     of a turn (4)',
    "  --python FILE   an interpreter with torch and torchvision (bench/setup's)",
    '  --json FILE     writes the rows there',
    '  --save          keeps the result in bench/results',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const whats = String(values.what).split(',')
  const stray = whats.find((what) => !WHATS.includes(what))
  if (stray !== undefined) {
    throw new ConfigError({ where: '--what', expected: `must be of ${WHATS}`, given: stray })
  }
  const pictures = countOf('pictures', String(values.pictures))
  const width = countOf('width', String(values.width), false)
  const cores = values.cores === undefined ? undefined : countOf('cores', String(values.cores))
  const rounds = countOf('rounds', String(values.rounds))
  const seconds = countOf('seconds', String(values.seconds), false)
  const python = String(values.python)
  const missing: Record<string, string> = {}
  const versions: Record<string, string> = { ashlar: packageVersions()['@ashlar/core']! }
  const series: Series[] = []
  const took = (work: string, found: readonly Measurements[]) => {
    for (const each of found) {
      if (each.version !== '') versions[each.name] = each.version
      const row = { work, engine: each.name, batch: BATCH }
      series.push(
        { ...row, metric: 'throughput', unit: 'images/s', values: each.speeds },
        { ...row, metric: 'processor time', unit: 'ms per image', values: each.processor },
      )
    }
  }
  const root = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    const folder = join(root, 'many')
    await writePictures(folder, pictures)
    const base = { folder, batch: BATCH, width, cores }
    if (whats.includes('train')) {
      const sides = ['streamed', 'memory'] as const
      const subjects = sides.map(
        (side): Subject => ({
          ...{ name: side === 'streamed' ? 'ashlar' : 'in memory', request: { ...base, side } },
        }),
      )
      took(`training on ${pictures} JPEGs`, await measure(subjects, { rounds, seconds }))
    }
    if (whats.includes('decode')) {
      const request = { ...base, side: 'decode', threads: DECODERS } as const
      const reason = await missingModule(python, ['torch', 'torchvision'])
      if (reason !== undefined) missing.pytorch = reason
      const subjects: Subject[] = [
        { name: 'ashlar', request },
        ...(reason === undefined ? [{ name: 'pytorch', python, request }] : []),
      ]
      took(`decoding, ${DECODERS} workers`, await measure(subjects, { rounds, seconds }))
    }
    if (whats.includes('memory')) {
      const few = join(root, 'few')
      await writePictures(few, FEW)
      for (const [name, own] of [
        [`ashlar, ${pictures} pictures`, folder],
        [`ashlar, ${FEW} pictures`, few],
      ] as const) {
        const { resident } = await residentOf(own, { batch: BATCH, width, cores }, 5 * seconds)
        const row = { work: 'training', engine: name, batch: BATCH, metric: 'resident memory' }
        series.push({ ...row, unit: 'MiB', values: [resident] })
      }
    }
  } finally {
    await rm(root, { recursive: true })
  }
  const rows = rowsOf(series, 'ashlar')
  console.log(`\n${tableOf(rows)}`)
  for (const [engine, reason] of Object.entries(missing)) console.error(`${engine}: ${reason}`)
  if (values.json !== undefined) {
    await writeFileSafely(String(values.json), `${JSON.stringify(rows, null, 2)}\n`)
  }
  if (!values.save) return
  await keepResult(RESULTS, ['streams', `pictures-${pictures}`], {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    command: commandOf(streamsBench, values),
    ...{ versions, missing, rows },
  })
}
