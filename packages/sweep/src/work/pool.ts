import type { EpochLog } from '@ashlar/core'
import { noteCrash } from '../store/attempt.ts'
import { failedTask, givenBack, type TaskResult, type TrialTask } from '../trials/task.ts'
import { TrialProcess, type TrialProcessOptions } from './trial-process.ts'

/** Processes that do trials, each one after the other; tasks beyond their number wait. */
export class TrialPool {
  readonly #options: TrialProcessOptions
  readonly #size: number
  readonly #waiting: (() => void)[] = []
  #underWay = 0
  readonly #idle: TrialProcess[] = []
  readonly #busy = new Set<TrialProcess>()
  #isStopping = false

  /** @param size processes, at most. */
  constructor(options: TrialProcessOptions, size: number) {
    this.#options = options
    this.#size = size
  }

  /**
   * Does a task in a process of its own. One that dies of it is replaced, and tries again as often as the task may be begun.
   *
   * @param place the sweep's folder, and where the experiment's relative paths start here.
   */
  async perform(
    task: TrialTask,
    place: { folder: string; home?: string | undefined },
    onEpoch: (log: EpochLog) => void = () => undefined,
  ): Promise<TaskResult> {
    if (this.#underWay >= this.#size) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#underWay++
    try {
      return await this.#perform(task, place, onEpoch)
    } finally {
      this.#underWay--
      this.#waiting.shift()?.()
    }
  }

  async #perform(
    task: TrialTask,
    place: { folder: string; home?: string | undefined },
    onEpoch: (log: EpochLog) => void,
  ): Promise<TaskResult> {
    let death = ''
    // Each begin is counted in the sweep's folder; one that dies before it gets there counts here.
    for (let begun = 0; begun <= task.attempts; begun++) {
      if (this.#isStopping) return givenBack(task)
      const worker = this.#idle.pop() ?? new TrialProcess(this.#options)
      this.#busy.add(worker)
      const result = await worker.perform(task, { ...place, onEpoch })
      this.#busy.delete(worker)
      if (result !== undefined) {
        if (worker.isOver) return result
        if (this.#isStopping) await worker.end()
        else this.#idle.push(worker)
        return result
      }
      death = worker.death()
      await noteCrash(place.folder, task.id, death).catch(() => undefined)
    }
    if (this.#isStopping) return givenBack(task)
    const message = `given up after ${task.attempts} attempts: its process died; ${death}`
    return failedTask(task, { message, kind: 'crash' })
  }

  /** Has everything under way given back after its step. */
  stop(): void {
    this.#isStopping = true
    for (const worker of this.#busy) worker.stop()
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#busy, ...this.#idle].map((each) => each.end()))
  }
}
