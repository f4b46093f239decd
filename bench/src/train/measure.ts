import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measured } from '../harness/repeat.ts'
import { interleave } from '../harness/rounds.ts'
import type { Series } from '../harness/row.ts'
import { Worker } from '../harness/worker.ts'
import type { DataFiles } from './data/files.ts'
import { type Engine, type Places, YARDSTICK } from './engines.ts'
import type { Details, MemoryUse, Prepared } from './protocol.ts'
import type { Work } from './work.ts'

/** What time is taken by. */
export const CLOCKS = ['wall', 'processor'] as const

/** One of them. */
export type Clock = (typeof CLOCKS)[number]

/** How to measure. */
export interface MeasureOptions {
  readonly places: Places
  readonly data: DataFiles
  /** What all workers find in their environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly threads: number
  /** Seconds of one engine in one round. */
  readonly seconds: number
  readonly rounds: number
  /** The clock's time, or that of the processor: what counts on a machine that does other things as well. */
  readonly clock: Clock
  /** How long a first step may take, in seconds: whoever has not got there by then is left out. */
  readonly patience: number
  /** Told what goes on, in words. */
  readonly say: (text: string) => void
}

interface Running {
  readonly engine: Engine
  readonly worker: Worker
  readonly ready: Prepared
  readonly starts: Starts
}

/** Seconds from the start of the process to the end of its first step. */
export interface Starts {
  /** With nothing kept from earlier processes. */
  readonly cold: number
  /** With what an earlier process has kept; left out where the engine keeps nothing. */
  readonly warm?: number
}

/** What was measured of one work. */
export interface MeasuredWork {
  readonly series: readonly Series[]
  /** Versions by engine. */
  readonly versions: Readonly<Record<string, string>>
  /** Why engines were left out, by name. */
  readonly failed: Readonly<Record<string, string>>
}

/**
 * Measures one work on several engines: all are started one after the other and stay alive, then take turns. An engine that keeps something for its next process is
 * started twice in a cache folder of its own, which is empty the first time. An engine that fails is left out, and `say` is told why.
 */
export async function measureWork(
  work: Work,
  chosen: readonly Engine[],
  options: MeasureOptions,
): Promise<MeasuredWork> {
  const running: Running[] = []
  const failed: Record<string, string> = {}
  const caches = await mkdtemp(join(tmpdir(), 'ashlar-bench-caches-'))
  const attempt = async <T>(engine: Engine, body: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await body()
    } catch (error) {
      const { message } = error as Error
      failed[engine.name] = message
      options.say(`${work.name}: ${engine.name} is left out: ${message}`)
      return undefined
    }
  }
  try {
    for (const engine of chosen) {
      const started = await attempt(engine, () => start(work, engine, caches, options))
      if (started !== undefined) running.push(started)
    }
    const measure = ({ worker }: Running) => rateOf(worker, options)
    // The first turn warms up.
    for (const each of [...running]) {
      const rate = await attempt(each.engine, () => measure(each))
      if (rate === undefined) await remove(running, each)
    }
    const rates = await interleave(running, options.rounds, measure)
    const memory = await Promise.all(running.map(({ worker }) => worker.call<MemoryUse>('memory')))
    const details = await Promise.all(running.map(({ worker }) => worker.call<Details>('details')))
    const parts = running.map((each, index) => ({
      ...each,
      details: details[index]!,
      rates: rates[index]!,
      peak: memory[index]!.peak,
    }))
    return {
      series: seriesOf(work, parts),
      versions: Object.fromEntries(
        running.map(({ engine, ready }) => [engine.name, ready.version]),
      ),
      failed,
    }
  } finally {
    for (const { worker } of running) await worker.end()
    await rm(caches, { recursive: true, force: true })
  }
}

async function remove(running: Running[], which: Running): Promise<void> {
  running.splice(running.indexOf(which), 1)
  await which.worker.end()
}

async function start(
  work: Work,
  engine: Engine,
  caches: string,
  options: MeasureOptions,
): Promise<Running> {
  const { cacheFolder, name } = engine
  // Compilers that PyTorch starts do not take a folder with a space in its name.
  const cache =
    cacheFolder === undefined ? {} : { [cacheFolder]: join(caches, name.replaceAll(' ', '-')) }
  const ready = (times: string) =>
    options.say(`${work.name}, batch ${work.batch}: ${name} is ready after ${times}`)
  const first = await startOnce(work, engine, options, cache)
  const { seconds: cold, ...started } = first
  if (cacheFolder === undefined) {
    ready(`${cold.toFixed(1)} s`)
    return { ...started, starts: { cold } }
  }
  await first.worker.end()
  const { seconds: warm, ...again } = await startOnce(work, engine, options, cache)
  ready(`${cold.toFixed(1)} s, and ${warm.toFixed(1)} s the second time`)
  return { ...again, starts: { cold, warm } }
}

async function startOnce(
  work: Work,
  engine: Engine,
  { places, data, env, threads, clock, patience }: MeasureOptions,
  cache: Readonly<Record<string, string>>,
): Promise<Omit<Running, 'starts'> & { readonly seconds: number }> {
  const began = performance.now()
  const command = engine.command(places)
  const worker = new Worker(engine.name, { ...command, env: { ...command.env, ...env, ...cache } })
  const request = { work, threads, data, variant: engine.variant ?? '' }
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      const reason = `its first step has not ended after ${patience} s`
      timer = setTimeout(() => reject(new Error(reason)), patience * 1000)
    })
    const ready = await Promise.race([worker.call<Prepared>('prepare', request), late])
    const wall = (performance.now() - began) / 1000
    return { engine, worker, ready, seconds: clock === 'wall' ? wall : ready.processor }
  } catch (error) {
    await worker.end()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function rateOf(worker: Worker, { seconds, clock }: MeasureOptions): Promise<number> {
  const measured = await worker.call<Measured>('measure', { seconds })
  return measured.images / (clock === 'wall' ? measured.seconds : measured.processor)
}

/** What one engine gave. */
export interface Part extends Pick<Running, 'starts'> {
  readonly engine: Pick<Engine, 'name'>
  readonly details: Details
  /** Samples per second, a number per round; GFLOP/s of the yardstick. */
  readonly rates: readonly number[]
  /** MiB */
  readonly peak: number
}

/** The series of all engines, with the arithmetic against the yardstick where it was measured too. */
export function seriesOf(work: Work, parts: readonly Part[]): Series[] {
  const yardstick = parts.find(({ engine }) => engine.name === YARDSTICK.name)
  const { what, ofSample } = work.counted
  const flops = parts.find(({ details }) => details.flops !== undefined)?.details.flops
  return parts.flatMap((part) => {
    const { engine, rates, starts, peak } = part
    const series = (metric: string, unit: string, values: readonly number[]): Series => ({
      work: work.name,
      engine: engine.name,
      batch: work.batch,
      metric,
      unit,
      values,
    })
    if (part === yardstick) return [series('matrix product', 'GFLOP/s', rates)]
    const arithmetic =
      yardstick === undefined || flops === undefined
        ? []
        : [
            series(
              'arithmetic',
              '% of sgemm',
              rates.map((rate, round) => (100 * rate * flops) / 1e9 / yardstick.rates[round]!),
            ),
          ]
    return [
      series(
        'throughput',
        `${what}/s`,
        rates.map((rate) => rate * ofSample),
      ),
      ...arithmetic,
      series('first step', 's', [starts.cold]),
      ...(starts.warm === undefined ? [] : [series('second start', 's', [starts.warm])]),
      series('peak memory', 'MiB', [peak]),
    ]
  })
}
