import type { SessionWorker } from '../workers/session-worker.ts'
import type { Part } from './ticket.ts'

/** A batch that is with a worker. */
export interface Run {
  readonly worker: SessionWorker
  readonly parts: readonly Part[]
  /** Since when the worker is at it, of `performance.now()`; infinite while it has another before it. */
  since: number
  /** Whether another worker is to run it: the one that has it does not come to it. */
  moved: boolean
}

/**
 * What is with the workers, oldest first. A list, for it is short; a `Set` that things come into and leave leaves old tables behind that point to
 * newer ones, and thereby keeps what was done alive until the next full collection of garbage.
 */
export class Runs {
  private readonly list: Run[] = []

  get length(): number {
    return this.list.length
  }

  get all(): readonly Run[] {
    return this.list
  }

  /** A batch goes to a worker. */
  begin(worker: SessionWorker, parts: readonly Part[], now: number): Run {
    const since = this.current(worker) === undefined ? now : Infinity
    const run = { worker, parts, since, moved: false }
    this.list.push(run)
    return run
  }

  /** A batch came back; the worker is at its next. */
  end(run: Run, now: number): void {
    this.list.splice(this.list.indexOf(run), 1)
    const next = this.current(run.worker)
    if (next !== undefined && next.since === Infinity && !run.worker.isDead) next.since = now
  }

  /** What a worker is at. */
  current(worker: SessionWorker): Run | undefined {
    return this.list.find((run) => run.worker === worker)
  }
}
