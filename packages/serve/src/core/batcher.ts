import { EngineError } from '@ashlar/errors'
import { datatypes } from '../protocol/datatypes.ts'
import { RequestError } from '../protocol/errors.ts'
import type { InputTensor, Tensor } from '../protocol/tensor.ts'
import type { WorkerPool } from '../workers/pool.ts'
import type { RunResult, SessionWorker } from '../workers/session-worker.ts'
import { Queue, samplesOf } from './queue.ts'
import { joinRows, rowKey, splitRows } from './rows.ts'
import { Shares } from './shares.ts'
import { type FailureReason, nanoseconds, type Statistics } from './statistics.ts'

/** How requests wait and are put together. */
export interface BatchingOptions {
  /** Samples in one run, at most; 0 for models that take one request at a time. */
  readonly maxBatch: number
  /** How long the oldest request may wait for others while a worker is free, in milliseconds. Timers tick in whole ones. */
  readonly maxDelayMs: number
  /** Requests that may wait; one more is refused. */
  readonly maxQueue: number
  /** How long a request may take, unless it says less; `undefined` for as long as it takes. */
  readonly timeoutMs: number | undefined
}

/** A request on its way through a {@link Batcher}. */
export interface Work {
  /** In the model's order. */
  readonly inputs: readonly InputTensor[]
  readonly samples: number
  readonly timeoutMs: number | undefined
  /** Whether there is nobody to answer any more. */
  readonly isGone: (() => boolean) | undefined
}

interface Item extends Work {
  /** Requests with equal keys can be joined. */
  readonly key: string
  readonly enqueued: number
  readonly deadline: number
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (error: RequestError) => void
  settled: boolean
}

/** When a run was where, in milliseconds of `performance.now()`. */
interface Times {
  readonly begin: number
  readonly sent: number
  readonly received: number
  readonly inferNs: number
  readonly samples: number
}

/** How often requests are looked for that ran out of time, or whose clients went. */
const SWEEP_MS = 10

/** Puts requests of one model together and hands them to its workers. A request that fails fails alone. */
export class Batcher {
  private readonly where: string
  private readonly pool: WorkerPool
  private readonly options: BatchingOptions
  private readonly statistics: Statistics
  private readonly onRunFailed: (error: Error) => void
  private readonly queue: Queue<Item> = new Queue()
  private readonly shares: Shares = new Shares()
  /** What is refused is refused a lot: an error of its own for each would cost as much as an answer. */
  private readonly full: RequestError
  /**
   * What is with the workers. A list, for it is short; a `Set` that things come into and leave leaves old tables behind that point to
   * newer ones, and thereby keeps what was done alive until the next full collection of garbage.
   */
  private readonly batches: (readonly Item[])[] = []
  private runningCount = 0
  private cleared = 0
  private sweep: NodeJS.Timeout | undefined
  private pumping = false
  private delayed: NodeJS.Timeout | undefined
  /** Samples of the batch that was handed out last. */
  private lastBatch = 0
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
    this.full = new RequestError('UNAVAILABLE', {
      where: this.where,
      expected: `Exceeds maximum queue size: ${parts.options.maxQueue} requests wait already`,
    })
  }

  /** Requests that wait or run. */
  get pendingCount(): number {
    return this.queue.length + this.runningCount
  }

  /**
   * Runs a request, together with others where that is possible.
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
      const { inputs, samples, timeoutMs, isGone } = work
      const item: Item = {
        inputs,
        samples,
        timeoutMs,
        isGone,
        key: this.joins ? rowKey(inputs) : '',
        enqueued: now,
        deadline: now + timeout,
        resolve,
        reject,
        settled: false,
      }
      this.queue.push(item)
      if (timeout < Infinity) this.watchTime()
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
    if (this.pendingCount === 0) return Promise.resolve()
    return new Promise((resolve) => this.idleListeners.push(resolve))
  }

  /** Refuses what still waits or runs. */
  close(): void {
    clearTimeout(this.delayed)
    clearInterval(this.sweep)
    for (const item of [...this.queue.clear(), ...this.batches.flat()]) {
      this.fail(item, 'OTHER', 'UNAVAILABLE', 'was unloaded before the request was done')
    }
  }

  private dispatch(): void {
    clearTimeout(this.delayed)
    for (let first = this.queue.first; first !== undefined; first = this.queue.first) {
      const taken = this.take(first)
      if (taken === undefined) return
      const items = taken.some(isGone) ? taken.filter((item) => !this.giveUp(item)) : taken
      if (items.length === 0) continue
      this.batches.push(items)
      this.runningCount += items.length
      void this.run(this.pool.acquire()!, items)
    }
  }

  /** The next batch; `undefined` when no worker could take it, or it is worth waiting for more. */
  private take(first: Item): Item[] | undefined {
    const { idleCount, readyCount } = this.pool
    const workers = idleCount || readyCount
    if (workers === 0) return undefined
    if (!this.joins) return this.queue.take(0, sameKey)
    const { maxBatch, maxDelayMs } = this.options
    const waiting = this.queue.samples
    // A busy worker gets its next batch ahead of time, but a good one: what comes until it is done may join.
    if (idleCount === 0 && waiting < Math.min(this.lastBatch / 2, maxBatch)) return undefined
    const wait = maxDelayMs > 0 ? first.enqueued + maxDelayMs - performance.now() : 0
    if (waiting < maxBatch && wait > 0) {
      this.delayed = setTimeout(() => this.pump(), Math.ceil(wait))
      return undefined
    }
    const items = this.queue.take(Math.min(maxBatch, this.shares.next(waiting, workers)), sameKey)
    this.lastBatch = samplesOf(items)
    return items
  }

  /** Makes room in a full queue. Not at every request that is refused: it looks at all that wait. */
  private clear(now: number): void {
    if (now - this.cleared < SWEEP_MS) return
    this.cleared = now
    this.queue.keep((item) => !this.giveUp(item))
  }

  /** Refuses a request whose client has gone. */
  private giveUp(item: Item): boolean {
    if (!isGone(item)) return false
    this.fail(item, 'CANCELED', 'CANCELLED', 'the client gave the request up')
    return true
  }

  private async run(worker: SessionWorker, items: readonly Item[]): Promise<void> {
    const begin = performance.now()
    const samples = samplesOf(items)
    const joined = worker.run(joinRows(items.map(inputsOf), samples))
    const sent = performance.now()
    let result: RunResult
    try {
      result = await joined
    } catch (error) {
      await this.runSingly(worker, items, error as Error)
      this.release(worker, items)
      this.tellIdle()
      return
    }
    // First the next batch, then the answers of this one: they take the server's thread alone.
    const received = performance.now()
    this.release(worker, items)
    this.shares.learn(samples, result.inferNs, nanoseconds(sent, received))
    try {
      const answers = this.split(result.outputs.map(asTensor), items, samples)
      this.answer(items, answers, { begin, sent, received, inferNs: result.inferNs, samples })
    } catch (error) {
      const again = items.filter(({ settled }) => !settled)
      this.queue.putBack(again)
      this.onRunFailed(error as Error)
      this.pump()
    }
    this.tellIdle()
  }

  /** One of them is guilty: each on its own shows which. */
  private async runSingly(
    worker: SessionWorker,
    items: readonly Item[],
    cause: Error,
  ): Promise<void> {
    this.onRunFailed(cause)
    if (items.length === 1 || worker.isDead) {
      for (const item of items) this.failRun(item, cause, worker)
      return
    }
    for (const item of items) {
      if (item.settled) continue
      const begin = performance.now()
      try {
        const running = worker.run(joinRows([item.inputs], item.samples))
        const sent = performance.now()
        const { outputs, inferNs } = await running
        const times = { begin, sent, received: performance.now(), inferNs, samples: item.samples }
        this.answer([item], [outputs.map(asTensor)], times)
      } catch (error) {
        this.failRun(item, error as Error, worker)
      }
    }
  }

  private release(worker: SessionWorker, items: readonly Item[]): void {
    this.batches.splice(this.batches.indexOf(items), 1)
    this.runningCount -= items.length
    this.pool.release(worker)
    this.dispatch()
  }

  private answer(items: readonly Item[], answers: readonly Tensor[][], times: Times): void {
    const { begin, sent, received, samples } = times
    const done = performance.now()
    // What the threads needed to hear of each other counts as input, as copying does.
    const inferNs = Math.min(Math.round(times.inferNs), nanoseconds(sent, received))
    const phases = {
      computeInput: nanoseconds(begin, received) - inferNs,
      computeInfer: inferNs,
      computeOutput: nanoseconds(received, done),
    }
    const { computeInput, computeInfer, computeOutput } = phases
    this.statistics.executed(samples, phases)
    const now = Date.now()
    for (const [index, item] of items.entries()) {
      if (item.settled) continue
      item.settled = true
      this.statistics.succeed(
        item.samples,
        nanoseconds(item.enqueued, done),
        { queue: nanoseconds(item.enqueued, begin), computeInput, computeInfer, computeOutput },
        now,
      )
      item.resolve(answers[index]!)
    }
  }

  /** The outputs of each item. */
  private split(outputs: Tensor[], items: readonly Item[], samples: number): Tensor[][] {
    if (items.length === 1) return [outputs]
    const odd = outputs.find(({ shape }) => shape[0] !== samples)
    if (odd !== undefined) {
      this.joins = false
      throw new EngineError({
        where: `${this.where}: output ${JSON.stringify(odd.name)}`,
        expected: `must have one row for each of ${samples} samples; requests are not joined any more`,
        given: odd.shape,
      })
    }
    const counts = items.map((item) => item.samples)
    const parts = outputs.map((output) => splitRows(output, counts))
    return items.map((_, index) => parts.map((part) => part[index]!))
  }

  private failRun(item: Item, cause: Error, worker: SessionWorker): void {
    const problem = worker.isDead
      ? 'the thread that ran it ended; another takes its place'
      : 'onnxruntime could not run it on these inputs; its reason is in the log of the server'
    this.fail(item, 'BACKEND', 'INTERNAL', problem, cause)
  }

  private fail(
    item: Item,
    reason: FailureReason,
    kind: 'INTERNAL' | 'UNAVAILABLE' | 'DEADLINE_EXCEEDED' | 'CANCELLED',
    expected: string,
    cause?: Error,
  ): void {
    if (item.settled) return
    item.settled = true
    this.statistics.failed(reason, nanoseconds(item.enqueued, performance.now()))
    item.reject(new RequestError(kind, { where: this.where, expected, cause }))
  }

  private tellIdle(): void {
    if (this.pendingCount > 0) return
    for (const listener of this.idleListeners.splice(0)) listener()
  }

  private watchTime(): void {
    this.sweep ??= setInterval(() => {
      const now = performance.now()
      this.queue.keep((item) => {
        if (item.deadline > now) return true
        this.fail(item, 'REJECTED', 'UNAVAILABLE', 'Request timeout expired while it waited')
        return false
      })
      for (const items of this.batches) {
        for (const item of items) {
          if (item.deadline <= now) {
            this.fail(item, 'OTHER', 'DEADLINE_EXCEEDED', 'Request timeout expired while it ran')
          }
        }
      }
      if (this.pendingCount > 0) return
      clearInterval(this.sweep)
      this.sweep = undefined
      this.tellIdle()
    }, SWEEP_MS)
  }
}

function isGone({ isGone: asked }: Item): boolean {
  return asked?.() ?? false
}

function inputsOf({ inputs }: Item): readonly InputTensor[] {
  return inputs
}

function sameKey(a: Item, b: Item): boolean {
  return a.key === b.key
}

function asTensor({ name, datatype, shape, data }: RunResult['outputs'][number]): Tensor {
  return { name, datatype: datatypes.get(datatype)!, shape, data }
}
