/** How often something happened, and how long it took in all. */
export interface Duration {
  count: number
  ns: number
}

/** Why a request got no result. */
export type FailureReason = 'REJECTED' | 'CANCELED' | 'BACKEND' | 'OTHER'

/** The phases of a request, in nanoseconds. */
export interface Phases {
  readonly queue: number
  readonly computeInput: number
  readonly computeInfer: number
  readonly computeOutput: number
}

/** The figures of one run, by the number of samples in it. */
export interface BatchStatistics {
  readonly batchSize: number
  readonly computeInput: Duration
  readonly computeInfer: Duration
  readonly computeOutput: Duration
}

/** What happened to the requests of one version of a model since it was first loaded. */
export class Statistics {
  /** Milliseconds since 1970; 0 before the first. */
  lastInference = 0
  /** Samples. */
  inferenceCount = 0
  /** Runs of the model: fewer than samples when batching works. */
  executionCount = 0
  readonly success: Duration = { count: 0, ns: 0 }
  readonly fail: Duration = { count: 0, ns: 0 }
  readonly queue: Duration = { count: 0, ns: 0 }
  readonly computeInput: Duration = { count: 0, ns: 0 }
  readonly computeInfer: Duration = { count: 0, ns: 0 }
  readonly computeOutput: Duration = { count: 0, ns: 0 }
  readonly batches: Map<number, BatchStatistics> = new Map()
  readonly failures: Record<FailureReason, number> = {
    REJECTED: 0,
    CANCELED: 0,
    BACKEND: 0,
    OTHER: 0,
  }

  /** A request of `samples` that was answered. */
  succeed(samples: number, totalNs: number, phases: Phases, now: number): void {
    this.lastInference = now
    this.inferenceCount += samples
    add(this.success, totalNs)
    add(this.queue, phases.queue)
    add(this.computeInput, phases.computeInput)
    add(this.computeInfer, phases.computeInfer)
    add(this.computeOutput, phases.computeOutput)
  }

  /** A request that got no result. */
  failed(reason: FailureReason, totalNs: number): void {
    this.failures[reason] += 1
    add(this.fail, totalNs)
  }

  /** A run of the model with that many samples. */
  executed(batchSize: number, phases: Omit<Phases, 'queue'>): void {
    this.executionCount += 1
    let batch = this.batches.get(batchSize)
    if (batch === undefined) {
      batch = {
        batchSize,
        computeInput: { count: 0, ns: 0 },
        computeInfer: { count: 0, ns: 0 },
        computeOutput: { count: 0, ns: 0 },
      }
      this.batches.set(batchSize, batch)
    }
    add(batch.computeInput, phases.computeInput)
    add(batch.computeInfer, phases.computeInfer)
    add(batch.computeOutput, phases.computeOutput)
  }
}

function add(duration: Duration, ns: number): void {
  duration.count += 1
  duration.ns += ns
}

/** Nanoseconds between two times of `performance.now()`. */
export function nanoseconds(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) * 1e6))
}
