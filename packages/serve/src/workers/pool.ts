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
 * Batches that a worker may have: one that runs, and the next, so that it need not wait for the server's thread between two.
 */
const DEPTH = 2

/** The workers of one model: some busy, some free; one that dies is replaced. */
export class WorkerPool {
  readonly info: SessionInfo
  private readonly settings: WorkerSettings
  private readonly events: PoolEvents
  private readonly loads: Map<SessionWorker, number> = new Map()
  private readonly restarts: Set<NodeJS.Timeout> = new Set()
  private deaths = 0
  private closed = false

  private constructor(settings: WorkerSettings, info: SessionInfo, events: PoolEvents) {
    this.settings = settings
    this.info = info
    this.events = events
  }

  /**
   * Starts `count` workers.
   *
   * @throws DataError when onnxruntime refuses the model; EngineError when a thread ends while it starts.
   */
  static async start(
    settings: WorkerSettings,
    count: number,
    events: PoolEvents,
  ): Promise<WorkerPool> {
    let pool: WorkerPool | undefined
    const start = () => startPrepared(settings, events, (error) => pool?.bury(error))
    // The first alone: a model that is refused is refused once.
    const first = await start()
    pool = new WorkerPool(settings, first.info, events)
    pool.add(first)
    try {
      for (const worker of await Promise.all(Array.from({ length: count - 1 }, start))) {
        pool.add(worker)
      }
    } catch (error) {
      await pool.close()
      throw error
    }
    return pool
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

  /** Ends all workers; runs on them are refused. */
  async close(): Promise<void> {
    this.closed = true
    for (const timer of this.restarts) clearTimeout(timer)
    const workers = [...this.loads.keys()]
    this.loads.clear()
    await Promise.all(workers.map((worker) => worker.end()))
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
    try {
      const worker = await startPrepared(this.settings, this.events, (error) => this.bury(error))
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

async function startPrepared(
  settings: WorkerSettings,
  { prepare }: PoolEvents,
  onDeath: (error: Error) => void,
): Promise<SessionWorker> {
  const worker = await SessionWorker.start(settings, onDeath)
  try {
    await prepare(worker)
    return worker
  } catch (error) {
    await worker.end()
    throw error
  }
}
