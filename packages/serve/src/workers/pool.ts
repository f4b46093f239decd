import type { SessionInfo, WorkerSettings } from './messages.ts'
import { SessionWorker } from './session-worker.ts'

/** How long to wait before a worker that died is replaced, by how many died since one last finished a run. */
const PAUSES_MS = [0, 100, 1000, 5000]

/** What a pool tells the outside. */
export interface PoolEvents {
  /** Called with each worker before it gets work: warms it up. */
  readonly prepare: (worker: SessionWorker) => Promise<void>
  /** A worker is free. */
  readonly onIdle: () => void
  /** A worker ended by itself; its runs were refused and another takes its place. */
  readonly onDeath: (error: Error) => void
  /** The replacement of a worker did not start; it is tried again. */
  readonly onRestartFailed: (error: Error) => void
}

/** The workers of one model: some busy, some free; one that dies is replaced. */
export class WorkerPool {
  readonly info: SessionInfo
  private readonly settings: WorkerSettings
  private readonly events: PoolEvents
  private readonly idle: SessionWorker[] = []
  private readonly alive: Set<SessionWorker> = new Set()
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
    return this.alive.size
  }

  /** Workers that wait for work. */
  get idleCount(): number {
    return this.idle.length
  }

  /** A free worker, which is busy from now on. */
  acquire(): SessionWorker | undefined {
    return this.idle.pop()
  }

  /** Gives a worker back. */
  release(worker: SessionWorker): void {
    if (!this.alive.has(worker)) return
    this.deaths = 0
    this.idle.push(worker)
    this.events.onIdle()
  }

  /** Ends all workers; runs on them are refused. */
  async close(): Promise<void> {
    this.closed = true
    for (const timer of this.restarts) clearTimeout(timer)
    const workers = [...this.alive]
    this.alive.clear()
    this.idle.length = 0
    await Promise.all(workers.map((worker) => worker.end()))
  }

  private add(worker: SessionWorker): void {
    this.alive.add(worker)
    this.idle.push(worker)
  }

  /** Takes out whoever died, and starts another. */
  private bury(error: Error): void {
    for (const worker of this.alive) {
      if (!worker.isDead) continue
      this.alive.delete(worker)
      const index = this.idle.indexOf(worker)
      if (index >= 0) this.idle.splice(index, 1)
    }
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
      this.events.onIdle()
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
