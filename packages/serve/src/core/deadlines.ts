import type { WorkerPool } from '../workers/pool.ts'
import type { Queue } from './queue.ts'
import type { Run, Runs } from './runs.ts'
import type { Part } from './ticket.ts'

/** How often it is looked for requests that ran out of time, in milliseconds. */
const SWEEP_MS = 10

/** The same where no request has a limit: it is looked for runs whose clients have all gone. */
const IDLE_SWEEP_MS = 100

/** No run is ended before it took so long, in milliseconds: most that are a little late are done soon. */
const LEAST_MS = 250

/** How long what a worker has next may wait for the run before it, in milliseconds, where another worker could take it. */
const STUCK_MS = 250

/**
 * Looks after time. A request that has none left is refused at once, whether it waits or runs. A run that nobody waits for, or that made somebody in it late, is
 * ended with its worker as soon as it took longer than a new worker takes to start: onnxruntime cannot be interrupted, and while a run that will be done
 * may be worth waiting for, one that will not blocks the model for good.
 */
export class Deadlines {
  private readonly queue: Queue<Part>
  private readonly runs: Runs
  private readonly pool: WorkerPool
  private readonly onChange: () => void
  private timer: NodeJS.Timeout | undefined
  private tick = Infinity

  constructor(parts: {
    readonly queue: Queue<Part>
    readonly runs: Runs
    readonly pool: WorkerPool
    /** There is something to do, or nothing any more. */
    readonly onChange: () => void
  }) {
    this.queue = parts.queue
    this.runs = parts.runs
    this.pool = parts.pool
    this.onChange = parts.onChange
  }

  /** Looks after a request that was taken. */
  begin(deadline: number): void {
    const tick = deadline < Infinity ? SWEEP_MS : IDLE_SWEEP_MS
    if (tick >= this.tick) return
    clearInterval(this.timer)
    this.tick = tick
    this.timer = setInterval(() => this.sweep(), tick)
  }

  end(): void {
    clearInterval(this.timer)
    this.tick = Infinity
  }

  private sweep(): void {
    const now = performance.now()
    this.queue.keep((part) => isWaiting(part, now))
    // A copy: runs that are ended leave the list.
    for (const run of [...this.runs.all]) {
      if (run.since === Infinity) this.watchNext(run, now)
      else this.watchRun(run, now)
    }
    if (this.queue.length === 0 && this.runs.length === 0) this.end()
    this.onChange()
  }

  /** What its worker is at. */
  private watchRun({ worker, parts, since }: Run, now: number): void {
    for (const { ticket } of parts) {
      if (ticket.deadline > now) continue
      ticket.refuse('OTHER', ['DEADLINE_EXCEEDED', 'Request timeout expired while it ran'])
    }
    if (now - since <= Math.max(worker.startMs, LEAST_MS)) return
    const isUseless =
      parts.some(({ ticket }) => ticket.deadline <= now) ||
      parts.every(({ ticket }) => ticket.settled || ticket.isGone)
    if (!isUseless) return
    for (const { ticket } of parts) ticket.refuseIfGone()
    this.pool.giveUp(worker)
  }

  /** What its worker has next. */
  private watchNext(run: Run, now: number): void {
    for (const part of run.parts) isWaiting(part, now)
    const before = this.runs.current(run.worker)
    const isStuck = before !== undefined && now - before.since > STUCK_MS
    if (run.moved || !isStuck || this.pool.idleCount === 0) return
    run.moved = true
    this.queue.putBack(run.parts.filter(({ ticket }) => !ticket.settled))
  }
}

/** Whether there is still time for what waits, and somebody to answer. */
function isWaiting({ ticket }: Part, now: number): boolean {
  if (ticket.deadline <= now) {
    ticket.refuse('REJECTED', ['UNAVAILABLE', 'Request timeout expired while it waited'])
  }
  return !ticket.settled
}
