import type { Standing } from './scheduler.ts'

/** When trials are compared. */
export interface RungOptions {
  /** Of how many trials one goes on. */
  readonly eta: number
  /** Epochs of the first rung. */
  readonly minEpochs: number
}

/**
 * The epochs after which trials are compared, the last of them all epochs: 1, 3, 9 for 9 epochs and an `eta` of 3. Where they do not come out even, the last step is the one that is nearest to
 * `eta` as a ratio, between its root and that times `eta`: 1, 4, 9 for an `eta` of 4, and not 1, 9, which would train one of four trials nine times as long.
 *
 * @param epochs of the experiment.
 */
export function rungsOf(epochs: number, { eta, minEpochs }: RungOptions): number[] {
  const rungs: number[] = []
  for (let rung = minEpochs; rung * Math.sqrt(eta) <= epochs; rung *= eta)
    rungs.push(Math.floor(rung))
  return [...rungs, epochs]
}

/** The rung behind one; undefined for the last. */
export function nextRung(epochs: number, rung: number, options: RungOptions): number | undefined {
  return rungsOf(epochs, options).find((each) => each > rung)
}

/** Those that have reached a rung, the best first; of equal ones, those that were suggested first. */
export function rankedAt(trials: readonly Standing[], rung: number): Standing[] {
  return trials
    .filter((each) => each.rungs.some(({ epochs }) => epochs === rung))
    .sort((a, b) => scoreAt(a, rung) - scoreAt(b, rung) || a.index - b.index)
}

function scoreAt({ rungs }: Standing, rung: number): number {
  const score = rungs.find(({ epochs }) => epochs === rung)!.score
  return Number.isFinite(score) ? score : Number.MAX_VALUE
}

/** Whether a trial that has reached a rung waits there. */
export function waitsAt({ rungs, working, isOver }: Standing, rung: number): boolean {
  return !isOver && working === undefined && rungs.at(-1)?.epochs === rung
}
