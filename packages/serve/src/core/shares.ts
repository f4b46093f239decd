/**
 * What a worker's share of a batch must be worth, in milliseconds of its run: handing it over costs some 0.2 ms of two threads, on which a model
 * that is quickly done with a sample would spend much of its time.
 */
const LEAST_MS = 1

/** How the samples that wait are shared among workers. */
export class Shares {
  /** Samples that are done in {@link LEAST_MS}. */
  private least = 1

  /** Learns from a run how long a sample takes. */
  learn(samples: number, inferNs: number): void {
    this.least = inferNs > 0 ? Math.ceil((LEAST_MS * 1e6 * samples) / inferNs) : 1
  }

  /** How many of the samples that wait the next worker is to have: two halves are done sooner than one whole, unless they are too small. */
  next(waiting: number, workers: number): number {
    return Math.min(waiting, Math.max(Math.ceil(waiting / workers), this.least))
  }
}
