import type { SessionInfo, WorkerSettings } from './messages.ts'
import { SessionWorker } from './session-worker.ts'

/** How long to wait before a worker that died is replaced, by how many died since one last finished a run. */
const PAUSES_MS = [0, 100, 1000, 5000]

/** What a pool tells the outside. */
export interface PoolEvents {
  /** Called with each worker before it gets work: warms it up. */
  readonly prepare: (worker: SessionWorker) => Promise<void>
  /** There is a new worker. */
  readonly onStarted: () => void
  /** A worker ended by itself; its runs were refused and another takes its place. */
  readonly onDeath: (error: Error) => void
  /** The replacement of a worker did not start; it is tried again. */
  readonly onRestartFailed: (error: Error) => void
}

/**
 * Batches that a worker may have: one that runs, and the next, so that it need not wait for the server between two.
 */
const DEPTH = 2

/** The workers of one model: some busy, some free; one that dies is replaced. */
export class WorkerPool {
  readonly info: SessionInfo
  private readonly settings: PoolSettings
  private readonly events: PoolEvents
  private readonly loads: Map<SessionWorker, number> = new Map()
  private readonly restarts: Set<NodeJS.Timeout> = new Set()
  private readonly closing: AbortController = new AbortController()
  private deaths = 0

  private constructor(settings: PoolSettings, info: SessionInfo, events: PoolEvents) {
    this.settings = settings
    this.info = info
    this.events = events
  }

  /**
   * Starts `count` workers.
   *
   * @param signal gives the start up.
   * @throws DataError when onnxruntime refuses the model; EngineError when a process ends while it starts; the signal's reason.
   */
  static async start(
    settings: PoolSettings,
    count: number,
    events: PoolEvents,
    signal?: AbortSignal,
  ): Promise<WorkerPool> {
    let pool: WorkerPool | undefined
    const start = () => startPrepared(settings, events, (error) => pool?.bury(error), signal)
    // The first alone: a model that is refused is refused once.
    const first = await start()
    pool = new WorkerPool(settings, first.info, events)
    pool.add(first)
    const others = await Promise.allSettled(Array.from({ length: count - 1 }, start))
    for (const other of others) if (other.status === 'fulfilled') pool.add(other.value)
    const failed = others.find((other) => other.status === 'rejected')
    if (failed === undefined) return pool
    await pool.close()
    throw failed.reason
  }

  /** Workers that live. */
  get size(): number {
    return this.loads.size
  }

  /** Workers that have nothing to do. */
  get idleCount(): number {
    return this.countOf(0)
  }

  /** Workers that have something to do and could take more. */
  get readyCount(): number {
    return this.size - this.idleCount - this.countOf(DEPTH)
  }

  /** Bytes of memory that all processes held when they last told. */
  get rss(): number {
    let sum = 0
    for (const worker of this.loads.keys()) sum += worker.rss
    return sum
  }

  /** Of the processes. */
  get pids(): readonly number[] {
    return [...this.loads.keys()].map(({ pid }) => pid)
  }

  /** The worker with the least to do, which has one batch more from now on; `undefined` when all have enough. */
  acquire(): SessionWorker | undefined {
    for (let load = 0; load < DEPTH; load += 1) {
      for (const [worker, own] of this.loads) {
        if (own !== load) continue
        this.loads.set(worker, load + 1)
        return worker
      }
    }
    return undefined
  }

  /** Says that a batch is done. */
  release(worker: SessionWorker): void {
    const load = this.loads.get(worker)
    if (load === undefined) return
    this.deaths = 0
    this.loads.set(worker, load - 1)
  }

  /** Ends a worker whose run nobody waits for any more, and starts another at once. */
  giveUp(worker: SessionWorker): void {
    this.deaths = 0
    worker.kill('its run took longer than the request may')
  }

  /** Ends all workers; runs on them are refused. */
  async close(): Promise<void> {
    this.closing.abort(new Error('the pool is closed'))
    for (const timer of this.restarts) clearTimeout(timer)
    const workers = [...this.loads.keys()]
    this.loads.clear()
    await Promise.all(workers.map((worker) => worker.end()))
  }

  private get closed(): boolean {
    return this.closing.signal.aborted
  }

  private add(worker: SessionWorker): void {
    this.loads.set(worker, 0)
  }

  private countOf(load: number): number {
    let count = 0
    for (const own of this.loads.values()) if (own === load) count += 1
    return count
  }

  /** Takes out whoever died, and starts another. */
  private bury(error: Error): void {
    for (const worker of this.loads.keys()) if (worker.isDead) this.loads.delete(worker)
    if (this.closed) return
    this.events.onDeath(error)
    this.restart()
  }

  private restart(): void {
    const pause = PAUSES_MS[Math.min(this.deaths, PAUSES_MS.length - 1)]!
    this.deaths += 1
    const timer = setTimeout(() => {
      this.restarts.delete(timer)
      void this.replace()
    }, pause)
    this.restarts.add(timer)
  }

  private async replace(): Promise<void> {
    const { settings, events, closing } = this
    try {
      const late = AbortSignal.timeout(settings.startTimeoutMs)
      const signal = AbortSignal.any([closing.signal, late])
      const worker = await startPrepared(settings, events, (error) => this.bury(error), signal)
      if (this.closed) return void worker.end()
      this.add(worker)
      this.events.onStarted()
    } catch (error) {
      if (this.closed) return
      this.events.onRestartFailed(error as Error)
      this.restart()
    }
  }
}

/** What the workers of a pool are started with. */
export interface PoolSettings extends WorkerSettings {
  /** How long a replacement may take to be ready, in milliseconds. */
  readonly startTimeoutMs: number
}

/** A worker that is ready and warm. Whoever gives it up ends it, whatever it does. */
async function startPrepared(
  settings: WorkerSettings,
  { prepare }: PoolEvents,
  onDeath: (error: Error) => void,
  signal: AbortSignal | undefined,
): Promise<SessionWorker> {
  const worker = await SessionWorker.start(settings, onDeath, signal)
  const giveUp = () => void worker.end()
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    await prepare(worker)
    signal?.throwIfAborted()
    return worker
  } catch (error) {
    await worker.end()
    throw signal?.aborted ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}
