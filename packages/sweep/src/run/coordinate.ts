import type { EpochLog } from '@ashlar/core'
import { DataError, TrainingError } from '@ashlar/errors'
import type { ResolvedExperiment } from '@ashlar/experiment'
import type { DataMap } from '@ashlar/plugins'
import type { Launched, Listener } from '../launch/launcher.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import { overridesOf } from '../space/parse.ts'
import type { TrialLog } from '../store/trial-log.ts'
import { failedTask, type Requirements, type TaskResult, type TrialTask } from '../trials/task.ts'
import { lastScore, type Trial, takeResult } from '../trials/trial.ts'
import { configOf } from '../work/perform.ts'
import type { Planner, ResolveTrial } from './planner.ts'

/** What is coordinated. */
export interface CoordinatorParts {
  readonly trials: Map<string, Trial>
  readonly planner: Planner
  readonly scheduler: Scheduler
  readonly launched: Launched
  /** Tasks that are under way at once. */
  readonly capacity: number
  readonly log: TrialLog
  readonly resolve: ResolveTrial
  /** The experiment of a trial as it is trained. */
  readonly configure: (config: DataMap) => DataMap
  /** What other machines must have for an experiment. */
  readonly requires: (resolved: ResolvedExperiment) => Promise<Requirements>
  readonly metric: string
  readonly attempts: number
  readonly minutes: number | undefined
  readonly patience: number | undefined
  /** Stops the sweep when it is aborted: what is under way is given back. */
  readonly signal: AbortSignal | undefined
  /** Told whenever something has changed. */
  readonly changed: (event: SweepEvent) => void
}

/** Something that happened in a sweep. */
export type SweepEvent =
  | { readonly kind: 'started'; readonly trial: Trial }
  | { readonly kind: 'epoch'; readonly trial: Trial; readonly log: EpochLog }
  | { readonly kind: 'result'; readonly trial: Trial; readonly result: TaskResult }

/** Why a sweep ended. */
export interface Ending {
  /** Whether it was stopped from outside. */
  readonly isInterrupted: boolean
  /** What ended it before all was done: the time was up, or nothing got better. */
  readonly reason: string | undefined
}

/** Makes trials, or has them go on, as long as there is something to do. */
export class Coordinator {
  readonly #parts: CoordinatorParts
  /** Tasks that are under way, by trial. */
  readonly #running = new Map<string, TrialTask>()
  /** Tasks whose results are being written down. */
  readonly #ending = new Set<TrialTask>()
  /** Trials that somebody was meant to work on, and nobody does: those of a sweep that was interrupted. */
  readonly #waiting: Trial[]
  #best = Number.POSITIVE_INFINITY
  #vain = 0
  #isStopping = false
  #reason: string | undefined
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(parts: CoordinatorParts) {
    this.#parts = parts
    this.#waiting = [...parts.trials.values()].filter(
      (each) => !each.isOver && each.rungs.length === 0,
    )
    for (const trial of parts.trials.values()) {
      this.#best = Math.min(this.#best, lastScore(trial) ?? Number.POSITIVE_INFINITY)
    }
  }

  /**
   * Goes on until everything is done.
   *
   * @throws ConfigError for a metric that trials do not have, DataError for a disk that takes no more; trials that are under way are given back before.
   */
  async run(): Promise<Ending> {
    const { signal, minutes, launched } = this.#parts
    const interrupt = () => this.#stop()
    const timer =
      minutes === undefined
        ? undefined
        : setTimeout(() => {
            this.#reason ??= `the budget of ${minutes} minutes is spent`
            this.#stop()
          }, minutes * 60_000)
    signal?.addEventListener('abort', interrupt, { once: true })
    if (signal?.aborted) interrupt()
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        await this.#fill()
        if (this.#running.size === 0) break
        await woken
      }
    } catch (error) {
      this.#failure ??= error as Error
      await launched.stop().catch(() => undefined)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    }
    if (this.#failure !== undefined) throw this.#failure
    return { isInterrupted: signal?.aborted ?? false, reason: this.#reason }
  }

  #stop(): void {
    this.#isStopping = true
    this.#parts.launched.stop().catch((error: unknown) => this.#fail(error as Error))
    this.#wake()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    if (!this.#isStopping) this.#stop()
    this.#wake()
  }

  /** Starts as much as there is room for. */
  async #fill(): Promise<void> {
    const { launched, capacity } = this.#parts
    while (!this.#isStopping && this.#running.size < capacity) {
      const tasks: TrialTask[] = []
      while (this.#running.size < capacity && !this.#isStopping) {
        const task = await this.#nextTask()
        if (task === undefined) break
        this.#running.set(task.id, task)
        tasks.push(task)
      }
      if (tasks.length === 0) return
      await launched.start(tasks, this.#listener)
    }
  }

  /** First what was begun, then what is to go on, then something new. */
  async #nextTask(): Promise<TrialTask | undefined> {
    const { planner, scheduler, trials, log, resolve, changed } = this.#parts
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      return this.#task(
        waiting,
        scheduler.first(waiting.epochs),
        await resolve(overridesOf(waiting.params)),
      )
    }
    const isComplete = planner.isComplete || this.#reason !== undefined
    const promotion = scheduler.next({ trials: [...trials.values()], isComplete })
    if (promotion !== undefined) {
      const trial = trials.get(promotion.id)!
      return this.#task(trial, promotion.until, await resolve(overridesOf(trial.params)))
    }
    while (this.#reason === undefined) {
      const planned = await planner.next()
      if (planned === undefined) {
        // A scheduler may have waited for the last of them.
        return isComplete ? undefined : this.#nextTask()
      }
      const { trial, resolved } = planned
      await log.addTrial(trial)
      if (resolved !== undefined) return this.#task(trial, scheduler.first(trial.epochs), resolved)
      const result = failedTask({ id: trial.id, until: 1 }, trial.error!)
      await log.addResult(result)
      changed({ kind: 'result', trial, result })
    }
    return undefined
  }

  async #task(trial: Trial, until: number, resolved: ResolvedExperiment): Promise<TrialTask> {
    const { metric, attempts, launched, configure, requires, changed } = this.#parts
    trial.working = until
    changed({ kind: 'started', trial })
    return {
      ...{ id: trial.id, until, metric, attempts, threads: launched.threads },
      config: configure(configOf(resolved)),
      requires: await requires(resolved),
    }
  }

  readonly #listener: Listener = {
    epoch: (task, log) => {
      const trial = this.#parts.trials.get(task.id)
      if (trial !== undefined) this.#parts.changed({ kind: 'epoch', trial, log })
    },
    ended: (result) => {
      this.#ended(result).catch((error: unknown) => this.#fail(error as Error))
    },
  }

  async #ended(result: TaskResult): Promise<void> {
    const { trials, log, metric, changed } = this.#parts
    const trial = trials.get(result.id)
    // What comes twice counts once.
    const task = this.#running.get(result.id)
    if (trial === undefined || task?.until !== result.until || this.#ending.has(task)) return
    this.#ending.add(task)
    try {
      if (result.status === 'given-back') {
        trial.working = undefined
        this.#givenBack(trial, result)
        return
      }
      takeResult(trial, result, metric)
      await log.addResult(result)
      this.#judge(trial)
      changed({ kind: 'result', trial, result })
      if (result.error?.kind === 'sweep') {
        this.#fail(new TrainingError({ where: 'sweep', expected: result.error.message }))
      }
    } finally {
      this.#ending.delete(task)
      this.#running.delete(result.id)
      this.#wake()
    }
  }

  #givenBack(trial: Trial, { error }: TaskResult): void {
    if (error === undefined) {
      if (!this.#isStopping) this.#requeue(trial)
      return
    }
    this.#fail(
      new DataError({
        where: `trial ${trial.id}`,
        // Whole: paths are long, and why stands behind them.
        expected: `the machine must be able to do it: ${error.message}`,
        hint: 'Everything that is done is kept. Mend it, then go on: ashlar sweep --resume DIR.',
      }),
    )
  }

  #requeue(trial: Trial): void {
    if (trial.rungs.length === 0) this.#waiting.push(trial)
  }

  /** Whether the sweep still gets anywhere. */
  #judge(trial: Trial): void {
    const { patience } = this.#parts
    const score = lastScore(trial) ?? Number.POSITIVE_INFINITY
    if (score < this.#best) {
      this.#best = score
      this.#vain = 0
      return
    }
    this.#vain++
    if (patience !== undefined && this.#vain >= patience) {
      this.#reason ??= `the last ${patience} results were no better than the best`
    }
  }
}
