import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import { nodeWorker } from '../harness/commands.ts'
import type { Measured } from '../harness/repeat.ts'
import { interleave } from '../harness/rounds.ts'
import type { Series } from '../harness/row.ts'
import { Worker } from '../harness/worker.ts'
import { workOf } from '../train/work.ts'
import { declarationOf } from '../train/works/index.ts'
import { type ExportEngine, OURS } from './engines.ts'
import type { Timed, Versions } from './protocol.ts'
import type { ExportWork } from './work.ts'

/** How to measure. */
export interface MeasureOptions {
  readonly python: string
  readonly threads: number
  /** Exports of each engine, after its first. */
  readonly rounds: number
  /** Seconds of one file in one round of inference. */
  readonly seconds: number
  readonly batches: readonly number[]
  /** For the files. */
  readonly folder: string
  /** Told what goes on, in words. */
  readonly say: (text: string) => void
}

/** What one engine gave. */
export interface Part {
  readonly engine: Pick<ExportEngine, 'name' | 'isTimeOnly'>
  /** Seconds from the start of the process to the end of its first export. */
  readonly first: number
  /** Seconds, a number per round. */
  readonly exports: readonly number[]
  readonly nodes: number
  /** Of the file. */
  readonly bytes: number
  /** Images per second by batch, a number per round. */
  readonly rates: ReadonlyMap<number, readonly number[]>
}

/** What was measured of one work. */
export interface MeasuredExport {
  readonly series: readonly Series[]
  /** Versions by engine. */
  readonly versions: Readonly<Record<string, string>>
}

interface Running {
  readonly engine: ExportEngine
  readonly worker: Worker
  readonly version: string
  readonly path: string
  readonly first: number
}

/**
 * Measures one work: every engine exports in turn, each in a process of its own that stays alive, then one onnxruntime runs
 * their files in turn. A peer that fails is left out, and `say` is told why.
 *
 * @throws EngineError when our own engine fails.
 */
export async function measureExport(
  work: ExportWork,
  chosen: readonly ExportEngine[],
  options: MeasureOptions,
): Promise<MeasuredExport> {
  const running: Running[] = []
  let exports: number[][]
  try {
    for (const engine of chosen) {
      const started = await start(work, engine, options)
      if (started !== undefined) running.push(started)
    }
    exports = await interleave(running, options.rounds, async ({ worker, path }) => {
      const { seconds } = await worker.call<Timed>('export', { path })
      return seconds
    })
  } finally {
    for (const { worker } of running) await worker.end()
  }
  const files = running.filter(({ engine }) => !engine.isTimeOnly)
  const { rates, version } = await runFiles(work, files, options)
  const parts = await Promise.all(
    running.map(
      async ({ engine, path, first }, index): Promise<Part> => ({
        engine,
        first,
        exports: exports[index]!,
        nodes: onnx.ModelProto.decode(await readFile(path)).graph!.node!.length,
        bytes: (await stat(path)).size,
        rates: rates.get(engine.name) ?? new Map(),
      }),
    ),
  )
  return {
    series: seriesOf(work, parts),
    versions: {
      ...Object.fromEntries(running.map((each) => [each.engine.name, each.version])),
      'inference of all files': version,
    },
  }
}

async function start(
  work: ExportWork,
  engine: ExportEngine,
  { python, threads, folder, say }: MeasureOptions,
): Promise<Running | undefined> {
  const began = performance.now()
  const worker = new Worker(engine.name, engine.command(python))
  const path = join(folder, `${work.name} ${engine.name}.onnx`.replaceAll(' ', '-'))
  try {
    const { version } = await worker.call<Versions>('build', {
      work,
      network: workOf(declarationOf(work.model), 'inference'),
      threads,
      variant: engine.variant,
    })
    await worker.call<Timed>('export', { path })
    const first = (performance.now() - began) / 1000
    say(`${work.name}: the first export by ${engine.name} took ${first.toFixed(1)} s`)
    return { engine, worker, version, path, first }
  } catch (error) {
    await worker.end()
    if (engine.name === OURS) throw error
    say(`${work.name}: ${engine.name} is left out: ${(error as Error).message}`)
    return undefined
  }
}

async function runFiles(
  { layout }: ExportWork,
  files: readonly Running[],
  { threads, batches, rounds, seconds }: MeasureOptions,
) {
  const runner = new Worker('inference', nodeWorker(new URL('workers/runner.ts', import.meta.url)))
  const rates = new Map(files.map(({ engine }) => [engine.name, new Map<number, number[]>()]))
  try {
    const paths = Object.fromEntries(files.map(({ engine, path }) => [engine.name, path]))
    const { version } = await runner.call<Versions>('load', { files: paths, layout, threads })
    for (const batch of batches) {
      const measure = async ({ engine }: Running) => {
        const request = { engine: engine.name, batch, seconds }
        const measured = await runner.call<Measured>('run', request)
        return measured.images / measured.seconds
      }
      // The first turn warms up.
      for (const file of files) await measure(file)
      const found = await interleave(files, rounds, measure)
      for (const [index, { engine }] of files.entries()) {
        rates.get(engine.name)!.set(batch, found[index]!)
      }
    }
    return { rates, version }
  } finally {
    await runner.end()
  }
}

/** The series of all engines. Of one whose file is like another's there are times alone. */
export function seriesOf(
  { name: work }: Pick<ExportWork, 'name'>,
  parts: readonly Part[],
): Series[] {
  return parts.flatMap(({ engine, first, exports, nodes, bytes, rates }) => {
    const series = (metric: string, unit: string, values: readonly number[]): Series => ({
      work,
      engine: engine.name,
      batch: null,
      metric,
      unit,
      values,
    })
    const times = [series('export', 's', exports), series('first export', 's', [first])]
    if (engine.isTimeOnly) return times
    return [
      ...times,
      series('nodes', 'all counted', [nodes]),
      series('file', 'KiB', [bytes / 1024]),
      ...[...rates].map(([batch, values]) =>
        series(`inference, batch ${batch}`, 'images/s', values),
      ),
    ]
  })
}
