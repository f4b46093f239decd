import { EngineError } from '@ashlar/errors'
import { datatypes } from '../protocol/datatypes.ts'
import { RequestError } from '../protocol/errors.ts'
import type { Tensor } from '../protocol/tensor.ts'
import type { Unpacked } from '../workers/pack.ts'
import type { WorkerPool } from '../workers/pool.ts'
import type { RunResult, SessionWorker } from '../workers/session-worker.ts'
import { splitRows } from './rows.ts'
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
  readonly inputs: readonly Tensor[]
  readonly samples: number
  readonly timeoutMs?: number | undefined
  readonly onGone?: ((listener: () => void) => void) | undefined
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

/** How often requests that ran out of time are looked for. */
const SWEEP_MS = 10

/** Puts requests of one model together and hands them to its workers. A request that fails fails alone. */
export class Batcher {
  private readonly where: string
  private readonly pool: WorkerPool
  private readonly options: BatchingOptions
  private readonly statistics: Statistics
  private readonly onRunFailed: (error: Error) => void
  private queue: Item[] = []
  /** What is refused is refused a lot: an error of its own for each would cost as much as an answer. */
  private readonly full: RequestError
  private readonly running: Set<Item> = new Set()
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
    return this.queue.length + this.running.size
  }

  /**
   * Runs a request, together with others where that is possible.
   *
   * @throws RequestError when it cannot wait, takes too long, is given up or fails.
   */
  submit(work: Work): Promise<readonly Tensor[]> {
    const now = performance.now()
    if (this.queue.length >= this.options.maxQueue) {
      this.statistics.failed('REJECTED', 0)
      return Promise.reject(this.full)
    }
    const timeout = Math.min(work.timeoutMs ?? Infinity, this.options.timeoutMs ?? Infinity)
    return new Promise((resolve, reject) => {
      const item: Item = {
        ...work,
        key: this.joins ? keyOf(work) : '',
        enqueued: now,
        deadline: now + timeout,
        resolve,
        reject,
        settled: false,
      }
      this.queue.push(item)
      work.onGone?.(() => this.cancel(item))
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
    const left = [...this.queue, ...this.running]
    this.queue = []
    for (const item of left) {
      this.fail(item, 'OTHER', 'UNAVAILABLE', 'was unloaded before the request was done')
    }
  }

  private dispatch(): void {
    clearTimeout(this.delayed)
    while (this.queue.length > 0) {
      const items = this.take()
      if (items === undefined) return
      const worker = this.pool.acquire()!
      for (const item of items) this.running.add(item)
      void this.run(worker, items)
    }
  }

  /** The next batch; `undefined` when no worker could take it, or it is worth waiting for more. */
  private take(): Item[] | undefined {
    const { idleCount, readyCount } = this.pool
    const first = this.queue[0]!
    const workers = idleCount || readyCount
    if (workers === 0) return undefined
    if (!this.joins) return this.queue.splice(0, 1)
    const { maxBatch, maxDelayMs } = this.options
    let waiting = 0
    for (const { samples } of this.queue) waiting += samples
    // A busy worker gets its next batch ahead of time, but a good one: what comes until it is done may join.
    if (idleCount === 0 && waiting < Math.min(this.lastBatch / 2, maxBatch)) return undefined
    const wait = first.enqueued + maxDelayMs - performance.now()
    if (waiting < maxBatch && wait > 0) {
      this.delayed = setTimeout(() => this.dispatch(), Math.ceil(wait))
      return undefined
    }
    // Workers share what waits: two halves are done sooner than one whole.
    const limit = Math.min(maxBatch, Math.max(Math.ceil(waiting / workers), first.samples))
    let samples = 0
    let count = 0
    for (const item of this.queue) {
      if (item.key !== first.key || samples + item.samples > limit) break
      samples += item.samples
      count += 1
    }
    this.lastBatch = samples
    return this.queue.splice(0, count)
  }

  private async run(worker: SessionWorker, items: readonly Item[]): Promise<void> {
    const begin = performance.now()
    const samples = items.length === 1 ? items[0]!.samples : count(items)
    const joined = worker.run(join(items, samples))
    const sent = performance.now()
    let result: RunResult
    try {
      result = await joined
    } catch (error) {
      await this.runSingly(worker, items, error as Error)
      this.release(worker, items)
      return
    }
    // First the next batch, then the answers of this one: they take the server's thread alone.
    const received = performance.now()
    this.release(worker, items)
    try {
      const answers = this.split(result.outputs.map(asTensor), items, samples)
      this.answer(items, answers, { begin, sent, received, inferNs: result.inferNs, samples })
    } catch (error) {
      const again = items.filter(({ settled }) => !settled)
      this.queue.unshift(...again)
      this.onRunFailed(error as Error)
      this.pump()
    }
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
        const running = worker.run(join([item], item.samples))
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
    for (const item of items) this.running.delete(item)
    this.pool.release(worker)
    this.dispatch()
    this.tellIdle()
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
    this.statistics.executed(samples, phases)
    const now = Date.now()
    for (const [index, item] of items.entries()) {
      if (item.settled) continue
      item.settled = true
      this.statistics.succeed(
        item.samples,
        nanoseconds(item.enqueued, done),
        { ...phases, queue: nanoseconds(item.enqueued, begin) },
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

  private cancel(item: Item): void {
    if (item.settled) return
    this.fail(item, 'CANCELED', 'CANCELLED', 'the client gave the request up')
    this.queue = this.queue.filter((other) => other !== item)
    this.tellIdle()
  }

  private tellIdle(): void {
    if (this.pendingCount > 0) return
    for (const listener of this.idleListeners.splice(0)) listener()
  }

  private watchTime(): void {
    this.sweep ??= setInterval(() => {
      const now = performance.now()
      const late = this.queue.filter(({ deadline }) => deadline <= now)
      for (const item of late) {
        this.fail(item, 'REJECTED', 'UNAVAILABLE', 'Request timeout expired while it waited')
      }
      if (late.length > 0) this.queue = this.queue.filter(({ settled }) => !settled)
      for (const item of this.running) {
        if (item.deadline <= now) {
          this.fail(item, 'OTHER', 'DEADLINE_EXCEEDED', 'Request timeout expired while it ran')
        }
      }
      if (this.pendingCount > 0) return
      clearInterval(this.sweep)
      this.sweep = undefined
      this.tellIdle()
    }, SWEEP_MS)
  }
}

/** Sizes other than the first, of every input. Types are the model's. */
function keyOf({ inputs }: Work): string {
  return inputs.map(({ shape }) => shape.slice(1).join()).join(';')
}

function count(items: readonly Item[]): number {
  return items.reduce((sum, { samples }) => sum + samples, 0)
}

/** The inputs of one run: those of all items, row after row. */
function join(items: readonly Item[], samples: number): Unpacked[] {
  return items[0]!.inputs.map(({ name, datatype, shape }, index) => ({
    name,
    datatype: datatype.name,
    shape: items.length === 1 ? shape : [samples, ...shape.slice(1)],
    data: items.map(({ inputs }) => inputs[index]!.data),
  }))
}

function asTensor({ name, datatype, shape, data }: RunResult['outputs'][number]): Tensor {
  return { name, datatype: datatypes.get(datatype)!, shape, data }
}
