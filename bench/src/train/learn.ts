import { join } from 'node:path'
import { Worker } from '../harness/worker.ts'
import { withDataFiles } from './data/files.ts'
import { type Engine, engines, OURS, type Places } from './engines.ts'
import { withFile } from './network-file.ts'
import type { LearnRequest, Learnt } from './protocol.ts'
import type { Work } from './work.ts'
import { declarationOf } from './works/index.ts'

/** How engines are to learn. */
export interface LearnOptions {
  readonly places: Places
  readonly threads: number
  /** The first weights are drawn from it, by Ashlar for all. */
  readonly seed: number
  readonly steps: number
  /** Samples to train on, and behind them so many that are tested. */
  readonly trained: number
  readonly tested: number
}

/** One engine of each peer that can begin with given weights: how fast it is does not matter here. */
export const learners: readonly Engine[] = [
  engines.find(({ name }) => name === OURS)!,
  ...(['pytorch', 'keras'] as const).map(
    (family) =>
      engines.find((each) => each.family === family && each.name.match(/fused|fit/) !== null)!,
  ),
]

/**
 * Lets engines train the same network from the same weights on the same batches, one after the other. Their losses are equal but for rounding, as long as there is no dropout.
 *
 * @param chosen of {@link learners}; ours comes first, as it draws the weights.
 * @returns by engine, what it learnt.
 * @throws EngineError of the first engine that fails.
 */
export async function learn(
  work: Work,
  chosen: readonly Engine[],
  { places, threads, seed, steps, trained, tested }: LearnOptions,
): Promise<ReadonlyMap<string, Learnt>> {
  const samples = await declarationOf(work.network).data(work.sizes, trained + tested)
  return await withDataFiles(samples, async (data, folder) => {
    const given = await withFile(work, places.python, folder)
    const learnt = new Map<string, Learnt>()
    for (const engine of chosen) {
      if (!engine.takes(work)) continue
      const worker = new Worker(engine.name, engine.command(places))
      const request: LearnRequest = {
        ...{ work: given, threads, data, steps, tested },
        variant: engine.variant ?? '',
        weights: join(folder, 'weights'),
        ...(engine.name === OURS && { draws: seed }),
      }
      try {
        learnt.set(engine.name, await worker.call<Learnt>('learn', { ...request }))
      } finally {
        await worker.end()
      }
    }
    return learnt
  })
}
