import type { Series } from '../harness/row.ts'
import { type Engine, OURS } from '../train/engines.ts'
import { type LearnOptions, learn } from '../train/learn.ts'
import type { Learnt } from '../train/protocol.ts'
import type { Work } from '../train/work.ts'

/** What was learnt by engine, an entry for each seed. */
export type LearntBySeed = ReadonlyMap<string, readonly Learnt[]>

/** Trains a work by each engine from each seed: from the same weights on the same batches, with dropout of their own. */
export async function learnAll(
  work: Work,
  engines: readonly Engine[],
  seeds: readonly number[],
  options: Omit<LearnOptions, 'seed'>,
): Promise<LearntBySeed> {
  const all = new Map<string, Learnt[]>(engines.map(({ name }) => [name, []]))
  for (const seed of seeds) {
    for (const [name, learnt] of await learn(work, engines, { ...options, seed })) {
      all.get(name)!.push(learnt)
    }
  }
  return all
}

/** What is compared, how it is called, and of how many of the losses. */
const figures: readonly {
  readonly metric: string
  readonly unit: string
  /** Of language models alone. */
  readonly isOfLanguage?: true
  of(learnt: Learnt): number
}[] = [
  { metric: 'loss of the last tenth', unit: '', of: ({ losses }) => mean(lastTenth(losses)) },
  { metric: 'test loss', unit: '', of: ({ test }) => test!.loss },
  { metric: 'test accuracy', unit: '%', of: ({ test }) => 100 * test!.accuracy },
  {
    ...{ metric: 'test perplexity', unit: '', isOfLanguage: true },
    of: ({ test }) => Math.exp(test!.loss),
  },
]

/** A number per seed for each figure and engine. */
export function seriesOf({ name, batch, isLanguageModel }: Work, learnt: LearntBySeed): Series[] {
  const own = figures.filter(({ isOfLanguage }) => isLanguageModel || !isOfLanguage)
  return [...learnt].flatMap(([engine, runs]) =>
    own.map(({ metric, unit, of }) => ({
      ...{ work: name, engine, batch, metric, unit },
      values: runs.map(of),
    })),
  )
}

/** Standard errors that a difference may have, and the part of the peer's figure that is too little to matter. */
const ERRORS = 3
const LITTLE = 0.02

/**
 * Where Ashlar learns worse than a peer by more than noise, in words: more than three standard errors of the differences seed by seed, and more than 2 %.
 *
 * @param series of one work.
 */
export function worseThanPeers(series: readonly Series[]): string[] {
  return series.flatMap((theirs) => {
    const ours = series.find((each) => each.engine === OURS && each.metric === theirs.metric)
    if (ours === undefined || ours === theirs) return []
    const sign = theirs.metric.endsWith('accuracy') ? -1 : 1
    const worse = ours.values.map((value, seed) => sign * (value - theirs.values[seed]!))
    const center = mean(worse)
    const error = Math.sqrt(mean(worse.map((each) => (each - center) ** 2)) / (worse.length - 1))
    const isNoise = center <= ERRORS * error || center <= LITTLE * Math.abs(mean(theirs.values))
    if (isNoise) return []
    const [own, other] = [mean(ours.values), mean(theirs.values)].map((each) => each.toFixed(4))
    return [
      `${theirs.work}: ${theirs.metric} is ${own}, of ${theirs.engine} ${other}: more than noise`,
    ]
  })
}

function lastTenth(losses: readonly number[]): readonly number[] {
  return losses.slice(-Math.ceil(losses.length / 10))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
