import type { Lengths } from '../data/lengths.ts'
import type { Arrays, EngineSession, PreparedProgram, Program } from '../engines/engine.ts'
import type { Compiled } from './compile.ts'
import { cutPadding } from './cut-padding.ts'
import { FirstRuns } from './first-runs.ts'
import type { TrainProgram } from './programs.ts'
import type { FitRun } from './run.ts'

/** A batch as a step is fed with it: rows of samples in memory, or what was read. */
export interface StepBatch {
  readonly length: number
  readonly feeds: Arrays
  /** What its sequences are cut to; undefined for samples of one length. */
  readonly width?: number | undefined
}

/** The steps of a training run, ready to be made one after the other. */
export interface Steps {
  /**
   * Trains on a batch, the run's next one; returns its mean loss. Counts the optimizer's steps, not the run's.
   *
   * @param batch what it is fed with.
   */
  run(batch: StepBatch, run: FitRun, compiled: Compiled, learningRate: number): Promise<number>
  /** Confirms programs that have run once and will run again: see `FirstRuns`. It does not count as the run's time. */
  confirm(): Promise<void>
  /** See `PreparedProgram.renew`. */
  renew(): void
}

/** How the steps of a run are taken. */
export interface StepOptions {
  /** Batches in one update. */
  readonly accumulate: number
  /** Of sequences that are cut; each width is a program of its own. */
  readonly lengths?: Lengths | undefined
  /** The batch that comes first: a run that goes on begins in the middle of an epoch. Default 0. */
  readonly begin?: number | undefined
}

/**
 * Gets the programs of a run ready for the batch sizes that will come: that of the first step now, all others between the first step and the second.
 */
export async function prepareSteps(
  session: EngineSession,
  trainer: TrainProgram,
  run: FitRun,
  { accumulate, lengths, begin = 0 }: StepOptions,
): Promise<Steps> {
  const { stepsPerEpoch, samples, batchSize, seed } = run
  const updates = (batch: number) => (batch + 1) % accumulate === 0 || batch + 1 === stepsPerEpoch
  const prepared = (program: Program) =>
    new Map(
      (lengths?.widths ?? [undefined]).map((width) => [
        width,
        session.prepare(
          lengths === undefined || width === undefined
            ? program
            : cutPadding(program, lengths, width),
        ),
      ]),
    )
  const update = prepared(trainer)
  const gather = trainer.gather && prepared(trainer.gather)
  const sizes = { update: new Set<number>(), gather: new Set<number>() }
  for (let batch = 0; batch < stepsPerEpoch; batch++) {
    const size = Math.min(batchSize, samples - batch * batchSize)
    sizes[updates(batch) ? 'update' : 'gather'].add(size)
  }
  /** What is still to be made ready. */
  const waiting = new Map<PreparedProgram, Set<number>>()
  for (const each of gather?.values() ?? []) waiting.set(each, new Set(sizes.gather))
  for (const each of update.values()) waiting.set(each, new Set(sizes.update))
  const markReady = (program: PreparedProgram, size: number) => waiting.get(program)?.delete(size)
  const next = Math.min(batchSize, samples - begin * batchSize)
  // Of several widths it is not known which comes first: the widest takes the most memory.
  const first = [...(updates(begin) ? update : gather!).values()].at(-1)!
  // The first step takes the memory that it needs itself.
  await first.warm([next], { run: lengths !== undefined })
  markReady(first, next)
  // Training is not to begin later for what comes later, nor to fail later than in its second step.
  const readyOthers = () =>
    run.withoutTime(async () => {
      for (const [program, own] of waiting) {
        waiting.delete(program)
        if (own.size > 0) await program.warm(own, { run: false })
      }
    })

  const firstRuns = new FirstRuns()
  const confirm = () => run.withoutTime(() => firstRuns.confirm())
  let began = false
  const make = async (program: PreparedProgram, size: number, feeds: Arrays) => {
    if (began && waiting.size > 0) await readyOthers()
    if (firstRuns.has(program, size)) await confirm()
    began = true
    markReady(program, size)
    const { loss } = await program.run(size, feeds)
    firstRuns.add(program, size)
    return Number(loss![0])
  }
  // Used again in each step: engines keep what belongs to an array.
  const feeds = {
    step: new Int32Array(1),
    seed: Int32Array.of(seed),
    keep: new Float32Array(1),
  }
  const learningRates = new Float32Array(1)
  const done = new Int32Array(1)
  return {
    confirm,
    renew() {
      firstRuns.clear()
      for (const programs of [update, gather]) {
        for (const program of programs?.values() ?? []) program.renew()
      }
    },
    async run(batch, run, compiled, learningRate) {
      const { batch: index } = run
      feeds.step[0] = compiled.steps
      feeds.keep[0] = index === 0 ? 0 : 1
      learningRates[0] = learningRate
      done[0] = compiled.updates
      const isUpdate = updates(index)
      const loss = isUpdate
        ? await make(update.get(batch.width)!, batch.length, {
            ...feeds,
            ...batch.feeds,
            learningRate: learningRates,
            ...ratesOf(trainer, run),
            ...(gather && { updates: done }),
          })
        : await make(gather!.get(batch.width)!, batch.length, { ...feeds, ...batch.feeds })
      compiled.steps++
      if (isUpdate) compiled.updates++
      return loss
    },
  }
}

/** What optimizers after the first are fed with. */
function ratesOf({ rates = {} }: TrainProgram, run: FitRun): Arrays {
  const { step, totalSteps, learningRateFactor } = run
  const fed = Object.entries(rates).map(([name, schedule]) => [
    name,
    Float32Array.of(schedule.at(step, totalSteps) * learningRateFactor),
  ])
  return Object.fromEntries(fed)
}
