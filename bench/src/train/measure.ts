import type { Measured } from '../harness/repeat.ts'
import { interleave } from '../harness/rounds.ts'
import type { Series } from '../harness/row.ts'
import { Worker } from '../harness/worker.ts'
import type { DataFiles } from './data.ts'
import { type Engine, OURS, type Places, YARDSTICK } from './engines.ts'
import type { MemoryUse, Prepared } from './protocol.ts'
import type { Work } from './work.ts'

/** How to measure. */
export interface MeasureOptions {
  readonly places: Places
  readonly data: DataFiles
  readonly threads: number
  /** Seconds of one engine in one round. */
  readonly seconds: number
  readonly rounds: number
  /** Told what goes on, in words. */
  readonly say: (text: string) => void
}

interface Running {
  readonly engine: Engine
  readonly worker: Worker
  readonly ready: Prepared
  /** Seconds from the start of the process to the end of its first step. */
  readonly firstStep: number
}

/** What was measured of one work. */
export interface MeasuredWork {
  readonly series: readonly Series[]
  /** Versions by engine. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Measures one work on several engines: all are started one after the other and stay alive, then take turns. A peer that fails
 * is left out, and `say` is told why.
 *
 * @throws EngineError when our own engine fails.
 */
export async function measureWork(
  work: Work,
  chosen: readonly Engine[],
  options: MeasureOptions,
): Promise<MeasuredWork> {
  const running: Running[] = []
  try {
    for (const engine of chosen) {
      const started = await start(work, engine, options)
      if (started !== undefined) running.push(started)
    }
    const measure = ({ worker }: Running) => rateOf(worker, options.seconds)
    // The first turn warms up.
    for (const each of running) await measure(each)
    const rates = await interleave(running, options.rounds, measure)
    const memory = await Promise.all(running.map(({ worker }) => worker.call<MemoryUse>('memory')))
    const parts = running.map((each, index) => ({
      ...each,
      rates: rates[index]!,
      peak: memory[index]!.peak,
    }))
    return {
      series: seriesOf(work, parts),
      versions: Object.fromEntries(
        running.map(({ engine, ready }) => [engine.name, ready.version]),
      ),
    }
  } finally {
    for (const { worker } of running) await worker.end()
  }
}

async function start(
  work: Work,
  engine: Engine,
  { places, data, threads, say }: MeasureOptions,
): Promise<Running | undefined> {
  const began = performance.now()
  const worker = new Worker(engine.name, engine.command(places))
  try {
    const ready = await worker.call<Prepared>('prepare', {
      work,
      threads,
      data,
      variant: engine.variant ?? '',
    })
    const firstStep = (performance.now() - began) / 1000
    say(
      `${work.name}, batch ${work.batch}: ${engine.name} is ready after ${firstStep.toFixed(1)} s`,
    )
    return { engine, worker, ready, firstStep }
  } catch (error) {
    await worker.end()
    if (engine.name === OURS) throw error
    say(`${work.name}: ${engine.name} is left out: ${(error as Error).message}`)
    return undefined
  }
}

async function rateOf(worker: Worker, seconds: number): Promise<number> {
  const measured = await worker.call<Measured>('measure', { seconds })
  return measured.images / measured.seconds
}

/** What one engine gave. */
export interface Part extends Pick<Running, 'ready' | 'firstStep'> {
  readonly engine: Pick<Engine, 'name'>
  /** Images per second, a number per round; GFLOP/s of the yardstick. */
  readonly rates: readonly number[]
  /** MiB */
  readonly peak: number
}

/** The series of all engines, with the arithmetic against the yardstick where it was measured too. */
export function seriesOf(work: Work, parts: readonly Part[]): Series[] {
  const yardstick = parts.find(({ engine }) => engine.name === YARDSTICK.name)
  const flops = parts.find(({ ready }) => ready.flops !== undefined)?.ready.flops
  return parts.flatMap((part) => {
    const { engine, rates, firstStep, peak } = part
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
      series('throughput', 'images/s', rates),
      ...arithmetic,
      series('first step', 's', [firstStep]),
      series('peak memory', 'MiB', [peak]),
    ]
  })
}
