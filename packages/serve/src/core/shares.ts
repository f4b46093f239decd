/**
 * What a worker's share of a batch must be worth, in milliseconds of its run: handing it over costs some 0.2 ms of two threads, on which a model
 * that is quickly done with a sample would spend much of its time.
 */
const LEAST_MS = 1

/** Runs of a size that say how quick it is: the quickest of them, for others were held up by what else the cores did. */
const TRIALS = 8

/** How much quicker a sample must be in a batch of twice the size to make all in it wait for each other. */
const WORTH = 0.98

/**
 * How many times as long as its run an answer may take when the server's thread keeps up: a worker has another batch in front of it at most. And how many
 * shares must wait for each worker to make something of it.
 */
const LATE = 4

/** Runs after which everything is learned anew: what is quick depends on what else the machine does. */
const MEMORY = 2 ** 14

/** What is known of batches of 2^level samples, to twice as many. */
interface Level {
  runs: number
  /** Nanoseconds of a sample in the quickest run. */
  quickest: number
}

/**
 * How the samples that wait are shared among workers. Larger batches are quicker for each sample, up to a size that depends on the model: past it they do
 * nothing but let requests wait for each other, and leave the caches of the processor. So that size is looked for, from below.
 */
export class Shares {
  private levels: Level[] = []
  private runs = 0
  /** Samples that are done in {@link LEAST_MS}. */
  private least = 1
  /** Samples that are better not exceeded. */
  private most = Infinity
  /** Whether the server's thread was late to take the last answer. */
  private late = false

  /**
   * Learns from a run how long a sample takes.
   *
   * @param answerNs from handing the batch over until its answer was taken.
   */
  learn(samples: number, inferNs: number, answerNs: number): void {
    if (samples < 1 || inferNs <= 0) return
    this.late = answerNs > LATE * inferNs
    this.runs += 1
    if (this.runs % MEMORY === 0) this.levels = []
    const level = this.at(levelOf(samples))
    level.runs += 1
    level.quickest = Math.min(level.quickest, inferNs / samples)
    this.least = Math.ceil((LEAST_MS * 1e6) / this.quickest())
    this.most = this.best()
  }

  /**
   * How many of the samples that wait the next worker is to have: two halves are done sooner than one whole, unless they are too small. When the
   * server's thread is what all wait for, larger shares leave it more time.
   */
  next(waiting: number, workers: number): number {
    const share = Math.max(Math.ceil(waiting / workers), this.least)
    const isLate = this.late && waiting > LATE * workers * this.most
    return Math.min(waiting, isLate ? share : Math.min(share, this.most))
  }

  private at(level: number): Level {
    while (this.levels.length <= level) this.levels.push({ runs: 0, quickest: Infinity })
    return this.levels[level]!
  }

  private quickest(): number {
    let found = Infinity
    for (const { quickest } of this.levels) found = Math.min(found, quickest)
    return found
  }

  /** The size that neither twice nor four times as much is worth it for; the size to try next while that is not known. */
  private best(): number {
    let level = levelOf(this.least)
    while (level < this.levels.length && !this.isKnown(level)) level += 1
    // None that is large enough has come yet.
    if (level >= this.levels.length) return this.least
    for (;;) {
      const ahead = [level + 1, level + 2]
      // A size may be slower than half of it, and twice it quicker than both: models have sizes that they like.
      const better = ahead.find((each) => this.isKnown(each) && this.isQuicker(each, level))
      if (better === undefined) {
        const untried = ahead.find((each) => !this.isKnown(each))
        return Math.max(this.least, 2 ** (untried ?? level))
      }
      level = better
    }
  }

  private isKnown(level: number): boolean {
    return (this.levels[level]?.runs ?? 0) >= TRIALS
  }

  private isQuicker(level: number, than: number): boolean {
    return this.levels[level]!.quickest < WORTH * this.levels[than]!.quickest
  }
}

function levelOf(samples: number): number {
  return Math.floor(Math.log2(samples))
}
