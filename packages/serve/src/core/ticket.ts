import { RequestError } from '../protocol/errors.ts'
import type { InputTensor, Tensor } from '../protocol/tensor.ts'
import { joinParts } from './parts.ts'
import { type FailureReason, nanoseconds, type Phases, type Statistics } from './statistics.ts'

/** A request on its way through a batcher. */
export interface Work {
  /** In the model's order. */
  readonly inputs: readonly InputTensor[]
  readonly samples: number
  readonly timeoutMs: number | undefined
  /** Whether there is nobody to answer any more. */
  readonly isGone: (() => boolean) | undefined
}

/** What is run at once: a request, or some rows of one that is larger than a batch may be. */
export interface Part {
  readonly ticket: Ticket
  /** Its place among the parts of its request. */
  readonly index: number
  readonly inputs: readonly InputTensor[]
  readonly samples: number
  /** Parts with equal keys can be joined. */
  readonly key: string
  /** Whether it was in a run that failed: then it is run by itself, which shows who is guilty. */
  alone: boolean
}

/** When a run was where, in milliseconds of `performance.now()`. */
export interface Times {
  readonly begin: number
  readonly sent: number
  readonly received: number
  readonly inferNs: number
  readonly samples: number
}

/** A request that was taken, until it is answered or refused: once, and whichever comes first. */
export class Ticket {
  readonly where: string
  readonly enqueued: number
  /** Of `performance.now()`; infinite without a time limit. */
  readonly deadline: number
  private readonly work: Work
  private readonly statistics: Statistics
  private readonly settle: {
    resolve: (outputs: readonly Tensor[]) => void
    reject: (error: RequestError) => void
  }
  private readonly answers: (readonly Tensor[])[] = []
  private readonly counts: readonly number[]
  private left: number
  private readonly onSettled: () => void
  private begun = Infinity
  private readonly phases = { computeInput: 0, computeInfer: 0, computeOutput: 0 }
  private done = false

  constructor(
    work: Work,
    parts: {
      readonly where: string
      readonly enqueued: number
      readonly deadline: number
      readonly statistics: Statistics
      /** Samples of each part. */
      readonly counts: readonly number[]
      readonly resolve: (outputs: readonly Tensor[]) => void
      readonly reject: (error: RequestError) => void
      readonly onSettled: () => void
    },
  ) {
    this.work = work
    this.where = parts.where
    this.enqueued = parts.enqueued
    this.deadline = parts.deadline
    this.statistics = parts.statistics
    this.counts = parts.counts
    this.left = parts.counts.length
    this.settle = { resolve: parts.resolve, reject: parts.reject }
    this.onSettled = parts.onSettled
  }

  /** Whether it was answered or refused. */
  get settled(): boolean {
    return this.done
  }

  /** Whether its client has gone. */
  get isGone(): boolean {
    return this.work.isGone?.() ?? false
  }

  /** Takes the outputs of one part; with the last the request is answered. */
  answer(index: number, outputs: readonly Tensor[], times: Times, finished: number): void {
    if (this.done || this.answers[index] !== undefined) return
    this.answers[index] = outputs
    this.begun = Math.min(this.begun, times.begin)
    const { computeInput, computeInfer, computeOutput } = phasesOf(times, finished)
    this.phases.computeInput += computeInput
    this.phases.computeInfer += computeInfer
    this.phases.computeOutput += computeOutput
    this.left -= 1
    if (this.left > 0) return
    let joined: readonly Tensor[]
    try {
      joined =
        this.answers.length === 1 ? outputs : joinParts(this.where, this.answers, this.counts)
    } catch (error) {
      this.refuse('OTHER', error as RequestError)
      return
    }
    this.finish()
    const queue = nanoseconds(this.enqueued, this.begun)
    const total = nanoseconds(this.enqueued, finished)
    this.statistics.succeed(this.work.samples, total, { queue, ...this.phases }, Date.now())
    this.settle.resolve(joined)
  }

  /** Gives the request up. */
  refuse(
    reason: FailureReason,
    why: RequestError | readonly [kind: RequestError['kind'], expected: string, cause?: Error],
  ): void {
    if (this.done) return
    this.finish()
    this.statistics.failed(reason, nanoseconds(this.enqueued, performance.now()))
    if (why instanceof RequestError) this.settle.reject(why)
    else {
      const [kind, expected, cause] = why
      this.settle.reject(new RequestError(kind, { where: this.where, expected, cause }))
    }
  }

  /** Gives the request up if its client has gone. */
  refuseIfGone(): void {
    if (this.done || !this.isGone) return
    this.refuse('CANCELED', ['CANCELLED', 'the client gave the request up'])
  }

  private finish(): void {
    this.done = true
    this.onSettled()
  }
}

/** How long the phases of a run took, in nanoseconds. What the processes needed to hear of each other counts as input, as copying does. */
export function phasesOf(
  { begin, sent, received, inferNs }: Times,
  finished: number,
): Omit<Phases, 'queue'> {
  const computeInfer = Math.min(Math.round(inferNs), nanoseconds(sent, received))
  return {
    computeInput: nanoseconds(begin, received) - computeInfer,
    computeInfer,
    computeOutput: nanoseconds(received, finished),
  }
}
