import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MiniResNet } from '@ashlar/blocks'
import { writeFileSafely } from '@ashlar/core/files'
import { exportOnnx } from '@ashlar/export'
import type { Bench, FlagValues } from '../bench.ts'
import { thisMachine } from '../harness/machine.ts'
import { keepResult } from '../harness/results.ts'
import type { Row } from '../harness/row.ts'
import { tableOf } from '../harness/table.ts'
import { measureServing, type ServeOptions } from './measure.ts'

const bench = new URL('../../', import.meta.url)

/** The server under load, beside a bare loop and servers of others. */
export const serveBench: Bench = {
  name: 'serve',
  description: 'the server under load, beside a bare onnxruntime loop, FastAPI and MLServer',
  flags: {
    model: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    soak: { type: 'string', default: '60' },
    connections: { type: 'string', default: '32' },
    python: { type: 'string', default: fileURLToPath(new URL('.venv/bin/python', bench)) },
    'no-peers': { type: 'boolean', default: false },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
  help: [
    '  --model FILE       an ONNX file with one float input (MiniResNet, exported for this)',
    '  --seconds N        of one measurement (5)',
    '  --rounds N         turns of each server (3; 0 for the soak and the overload alone)',
    '  --soak N           seconds at full load, to see whether memory grows, and overload after it (60; 600 for the whole test, 0 for neither)',
    '  --connections N    requests under way (32)',
    '  --python PATH      an interpreter with fastapi, uvicorn, mlserver and onnxruntime',
    '  --no-peers         ours and the bare loop alone',
    '  --json FILE        writes the rows there',
    '  --save             keeps the result in bench/results',
    '',
    'The server runs from the built packages: node scripts/build.js first.',
  ],
  run,
}

async function run(values: FlagValues): Promise<void> {
  const text = (name: string) => values[name] as string
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
  try {
    const model = values.model === undefined ? await exportModel(folder) : resolve(text('model'))
    const options: ServeOptions = {
      model,
      seconds: Number(text('seconds')),
      rounds: Number(text('rounds')),
      soakSeconds: Number(text('soak')),
      connections: Number(text('connections')),
      threads: availableParallelism(),
      python: values['no-peers'] ? undefined : text('python'),
      say: (said) => console.error(said),
    }
    const { rows, missing, versions } = await measureServing(options)
    for (const [, own] of byWork(rows)) console.log(`${tableOf(own)}\n`)
    await keep(values, rows, { missing, versions })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function exportModel(folder: string): Promise<string> {
  const path = join(folder, 'model.onnx')
  const inputs = { image: { shape: [null, 28, 28, 1] } }
  await exportOnnx(new MiniResNet(10), { path, inputs })
  return path
}

async function keep(
  values: FlagValues,
  rows: readonly Row[],
  rest: { missing: Record<string, string>; versions: Record<string, string> },
): Promise<void> {
  if (values.json !== undefined) {
    await writeFileSafely(values.json as string, `${JSON.stringify(rows, null, 2)}\n`)
  }
  if (!values.save) return
  const { seconds, rounds, soak, connections } = values
  const folder = fileURLToPath(new URL('results', bench))
  for (const [work, own] of byWork(rows)) {
    await keepResult(folder, ['serve', `mini-resnet-${work}`], {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      command: `pnpm bench serve --seconds ${seconds} --rounds ${rounds} --soak ${soak} --connections ${connections}`,
      rows: own,
      ...rest,
    })
  }
}

/** A table of all that is measured would be too wide to read. */
function byWork(rows: readonly Row[]): Map<string, Row[]> {
  const works = new Map<string, Row[]>()
  for (const row of rows) works.set(row.work, [...(works.get(row.work) ?? []), row])
  return works
}
