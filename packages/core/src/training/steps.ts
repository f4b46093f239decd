import type { Batch } from '../data/batches.ts'
import type { Arrays, EngineSession, PreparedProgram } from '../engines/engine.ts'
import type { Compiled } from './compile.ts'
import { batchFeeds } from './inputs.ts'
import type { TrainProgram } from './programs.ts'
import type { FitRun } from './run.ts'

/** The steps of a training run, ready to be made one after the other. */
export interface Steps {
  /**
   * Trains on a batch, the run's next one; returns its mean loss. Counts the optimizer's steps, not the run's.
   */
  run(batch: Batch, run: FitRun, compiled: Compiled, learningRate: number): Promise<number>
}

/**
 * Gets the programs of a run ready for the batch sizes that will come.
 *
 * @param accumulate batches in one update.
 */
export async function prepareSteps(
  session: EngineSession,
  trainer: TrainProgram,
  run: FitRun,
  accumulate: number,
): Promise<Steps> {
  const { stepsPerEpoch, samples, batchSize, seed } = run
  const updates = (batch: number) => (batch + 1) % accumulate === 0 || batch + 1 === stepsPerEpoch
  const update = session.prepare(trainer)
  const gather = trainer.gather && session.prepare(trainer.gather)
  const sizes = { update: new Set<number>(), gather: new Set<number>() }
  for (let batch = 0; batch < stepsPerEpoch; batch++) {
    const size = Math.min(batchSize, samples - batch * batchSize)
    sizes[updates(batch) ? 'update' : 'gather'].add(size)
  }
  await gather?.warm(sizes.gather)
  await update.warm(sizes.update)

  const make = async (program: PreparedProgram, size: number, feeds: Arrays) => {
    const { loss } = await program.run(size, feeds)
    return Number(loss![0])
  }
  return {
    async run(batch, { batch: index }, compiled, learningRate) {
      const feeds = {
        ...batchFeeds(batch),
        step: Int32Array.of(compiled.steps),
        seed: Int32Array.of(seed),
        keep: Float32Array.of(index === 0 ? 0 : 1),
      }
      const isUpdate = updates(index)
      const loss = isUpdate
        ? await make(update, batch.length, {
            ...feeds,
            learningRate: Float32Array.of(learningRate),
            ...(gather && { updates: Int32Array.of(compiled.updates) }),
          })
        : await make(gather!, batch.length, feeds)
      compiled.steps++
      if (isUpdate) compiled.updates++
      return loss
    },
  }
}
