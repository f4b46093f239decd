import { EngineError } from '@ashlar/errors'
import { datatypes } from '../protocol/datatypes.ts'
import { RequestError } from '../protocol/errors.ts'
import type { Tensor } from '../protocol/tensor.ts'
import type { WorkerPool } from '../workers/pool.ts'
import type { RunResult } from '../workers/session-worker.ts'
import { Deadlines } from './deadlines.ts'
import { partSizes, splitInputs } from './parts.ts'
import { Queue, samplesOf } from './queue.ts'
import { joinRows, rowKey, splitRows } from './rows.ts'
import { type Run, Runs } from './runs.ts'
import { Shares } from './shares.ts'
import { nanoseconds, type Statistics } from './statistics.ts'
import { type Part, phasesOf, Ticket, type Times, type Work } from './ticket.ts'

/** How requests wait and are put together. */
export interface BatchingOptions {
  /** Samples in one run, at most; 0 for models that take one request at a time. */
  readonly maxBatch: number
  /** How long the oldest request may wait for others while a worker is free, in milliseconds. Timers tick in whole ones. */
  readonly maxDelayMs: number
  /** Requests that may wait; one more is refused. A request that is run in parts may have as many. */
  readonly maxQueue: number
  /** How long a request may take, unless it says less; `undefined` for as long as it takes. */
  readonly timeoutMs: number | undefined
}

/** How often it is looked, in a full queue, for requests whose clients went. */
const CLEAR_MS = 10

/**
 * Where runs take longer than this, in nanoseconds, a worker has no second batch at hand: that would save little, and might wait long. What waits behind a run that is longer
 * than it should be is taken elsewhere.
 */
const PREFETCH_NS = 250e6

/** Puts requests of one model together and hands them to its workers. A request that fails fails alone. */
export class Batcher {
  private readonly where: string
  private readonly pool: WorkerPool
  private readonly options: BatchingOptions
  private readonly statistics: Statistics
  private readonly onRunFailed: (error: Error) => void
  private readonly queue: Queue<Part> = new Queue()
  private readonly runs: Runs = new Runs()
  private readonly shares: Shares = new Shares()
  private readonly watch: Deadlines
  /** What is refused is refused a lot: an error of its own for each would cost as much as an answer. */
  private readonly full: RequestError
  /** Requests that are not answered yet. */
  private open = 0
  private cleared = 0
  private pumping = false
  private delayed: NodeJS.Timeout | undefined
  /** Samples of the batch that was handed out last. */
  private lastBatch = 0
  /** How long the last run took. */
  private lastNs = 0
  private idleListeners: (() => void)[] = []
  /** False once the model has shown that its outputs do not follow the rows of its inputs. */
  private joins: boolean

  constructor(parts: {
    readonly model: string
    readonly pool: WorkerPool
    readonly options: BatchingOptions
    readonly statistics: Statistics
    readonly onRunFailed: (error: Error) => void
  }) {
    this.where = `model ${JSON.stringify(parts.model)}`
    this.pool = parts.pool
    this.options = parts.options
    this.statistics = parts.statistics
    this.onRunFailed = parts.onRunFailed
    this.joins = parts.options.maxBatch > 1
    const { queue, runs, pool } = this
    this.watch = new Deadlines({ queue, runs, pool, onChange: () => this.pump() })
    this.full = new RequestError('UNAVAILABLE', {
      where: this.where,
      expected: `Exceeds maximum queue size: ${parts.options.maxQueue} requests wait already`,
    })
  }

  /** Requests that wait or run. */
  get pendingCount(): number {
    return this.open
  }

  /**
   * Runs a request, together with others where that is possible, and in parts where it is larger than a batch may be.
   *
   * @throws RequestError when it cannot wait, takes too long, is given up or fails.
   */
  submit(work: Work): Promise<readonly Tensor[]> {
    const now = performance.now()
    if (this.queue.length >= this.options.maxQueue) this.clear(now)
    if (this.queue.length >= this.options.maxQueue) {
      this.statistics.failed('REJECTED', 0)
      return Promise.reject(this.full)
    }
    const timeout = Math.min(work.timeoutMs ?? Infinity, this.options.timeoutMs ?? Infinity)
    return new Promise((resolve, reject) => {
      const counts = this.partsOf(work)
      this.open += 1
      const ticket = new Ticket(work, {
        ...{ where: this.where, statistics: this.statistics, counts, resolve, reject },
        enqueued: now,
        deadline: now + timeout,
        onSettled: () => {
          this.open -= 1
        },
      })
      for (const [index, inputs] of splitInputs(work.inputs, counts).entries()) {
        const key = this.joins ? rowKey(inputs) : ''
        this.queue.push({ ticket, index, inputs, samples: counts[index]!, key, alone: false })
      }
      this.watch.begin(ticket.deadline)
      this.pump()
    })
  }

  /** Looks for work in this turn's last moment, so that requests that came together go together. */
  pump(): void {
    if (this.pumping) return
    this.pumping = true
    setImmediate(() => {
      this.pumping = false
      this.dispatch()
      this.tellIdle()
    })
  }

  /** Resolves when nothing waits or runs. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.idleListeners.push(resolve))
  }

  /** Refuses what waits while there is no worker. */
  refuseWaiting(cause: Error): void {
    if (this.pool.size > 0) return
    for (const { ticket } of this.queue.clear()) {
      ticket.refuse('BACKEND', ['UNAVAILABLE', 'has no session: none could be started', cause])
    }
    this.tellIdle()
  }

  /** Refuses what still waits or runs. */
  close(): void {
    clearTimeout(this.delayed)
    this.watch.end()
    const running = this.runs.all.flatMap(({ parts }) => parts)
    for (const { ticket } of [...this.queue.clear(), ...running]) {
      ticket.refuse('OTHER', ['UNAVAILABLE', 'was unloaded before the request was done'])
    }
  }

  private get isIdle(): boolean {
    return this.queue.length === 0 && this.runs.length === 0
  }

  /** @throws RequestError for a request of more parts than may wait. */
  private partsOf({ samples }: Work): number[] {
    const { maxBatch, maxQueue } = this.options
    if (maxBatch === 0) return [samples]
    if (samples <= maxBatch * maxQueue) return partSizes(samples, maxBatch)
    throw new RequestError('INVALID_ARGUMENT', {
      where: this.where,
      expected: `a request must have 1 to ${maxBatch * maxQueue} samples`,
      given: samples,
    })
  }

  private dispatch(): void {
    clearTimeout(this.delayed)
    for (let first = this.queue.first; first !== undefined; first = this.queue.first) {
      const taken = this.take(first)
      if (taken === undefined) return
      const parts = taken.every(isWanted) ? taken : taken.filter(isWanted)
      if (parts.length > 0) void this.run(parts)
    }
  }

  /** The next batch; `undefined` when no worker could take it, or it is worth waiting for more. */
  private take(first: Part): Part[] | undefined {
    const { idleCount } = this.pool
    const workers = idleCount || (this.lastNs < PREFETCH_NS ? this.pool.readyCount : 0)
    if (workers === 0) return undefined
    if (!this.joins) return this.queue.take(0, mayJoin)
    const { maxBatch, maxDelayMs } = this.options
    const waiting = this.queue.samples
    // A busy worker gets its next batch ahead of time, but a good one: what comes until it is done may join.
    if (idleCount === 0 && waiting < Math.min(this.lastBatch / 2, maxBatch)) return undefined
    const wait = maxDelayMs > 0 ? first.ticket.enqueued + maxDelayMs - performance.now() : 0
    if (waiting < maxBatch && wait > 0) {
      this.delayed = setTimeout(() => this.pump(), Math.ceil(wait))
      return undefined
    }
    const parts = this.queue.take(Math.min(maxBatch, this.shares.next(waiting, workers)), mayJoin)
    this.lastBatch = samplesOf(parts)
    return parts
  }

  /** Makes room in a full queue. Not at every request that is refused: it looks at all that wait. */
  private clear(now: number): void {
    if (now - this.cleared < CLEAR_MS) return
    this.cleared = now
    this.queue.keep(isWanted)
  }

  private async run(parts: readonly Part[]): Promise<void> {
    const worker = this.pool.acquire()!
    const begin = performance.now()
    const run = this.runs.begin(worker, parts, begin)
    const samples = samplesOf(parts)
    const joined = worker.run(joinRows(parts.map(inputsOf), samples))
    const sent = performance.now()
    let result: RunResult
    try {
      result = await joined
    } catch (error) {
      this.fail(run, error as Error)
      this.tellIdle()
      return
    }
    // First the next batch, then the answers of this one: they take the server's thread alone.
    const received = performance.now()
    this.release(run, received)
    const { inferNs } = result
    this.lastNs = inferNs
    this.shares.learn(samples, inferNs, nanoseconds(sent, received))
    try {
      const answers = this.split(result.outputs.map(asTensor), parts, samples)
      this.answer(parts, answers, { begin, sent, received, inferNs, samples })
    } catch (error) {
      this.queue.putBack(parts.filter(({ ticket }) => !ticket.settled))
      this.onRunFailed(error as Error)
      this.pump()
    }
    this.tellIdle()
  }

  /** A run that gave nothing: what was not begun waits again, of several each goes on its own, which shows who is guilty, and one alone is. */
  private fail(run: Run, error: Error): void {
    const { worker, parts } = run
    const wasBegun = run.since < Infinity
    const left = parts.filter(({ ticket }) => !ticket.settled)
    if (wasBegun && !worker.isDead) this.onRunFailed(error)
    if (wasBegun) for (const part of left) part.alone = true
    // What was moved waits already, or another worker has it.
    if (!run.moved && wasBegun && parts.length === 1) {
      const problem = worker.isDead
        ? 'the process that ran it ended; another takes its place'
        : 'onnxruntime could not run it on these inputs; its reason is in the log of the server'
      for (const { ticket } of left) ticket.refuse('BACKEND', ['INTERNAL', problem, error])
    } else if (!run.moved) this.queue.putBack(left)
    this.release(run, performance.now())
    this.pump()
  }

  private release(run: Run, now: number): void {
    this.runs.end(run, now)
    this.pool.release(run.worker)
    this.dispatch()
  }

  private answer(parts: readonly Part[], answers: readonly Tensor[][], times: Times): void {
    const finished = performance.now()
    this.statistics.executed(times.samples, phasesOf(times, finished))
    for (const [place, { ticket, index }] of parts.entries()) {
      ticket.answer(index, answers[place]!, times, finished)
    }
  }

  /** The outputs of each part. */
  private split(outputs: Tensor[], parts: readonly Part[], samples: number): Tensor[][] {
    if (parts.length === 1) return [outputs]
    const odd = outputs.find(({ shape }) => shape[0] !== samples)
    if (odd !== undefined) {
      this.joins = false
      throw new EngineError({
        where: `${this.where}: output ${JSON.stringify(odd.name)}`,
        expected: `must have one row for each of ${samples} samples; requests are not joined any more`,
        given: odd.shape,
      })
    }
    const counts = parts.map((part) => part.samples)
    const rows = outputs.map((output) => splitRows(output, counts))
    return parts.map((_, index) => rows.map((row) => row[index]!))
  }

  private tellIdle(): void {
    if (!this.isIdle) return
    for (const listener of this.idleListeners.splice(0)) listener()
  }
}

/** Whether somebody waits for it. */
function isWanted({ ticket }: Part): boolean {
  ticket.refuseIfGone()
  return !ticket.settled
}

function inputsOf({ inputs }: Part): Part['inputs'] {
  return inputs
}

function mayJoin(a: Part, b: Part): boolean {
  return a.key === b.key && !a.alone && !b.alone
}

function asTensor({ name, datatype, shape, data }: RunResult['outputs'][number]): Tensor {
  return { name, datatype: datatypes.get(datatype)!, shape, data }
}
