import type { GroupEnding, GroupLog, RunGroup } from '@ashlar/core'
import { buildCallbacks, type ResolvedExperiment } from '@ashlar/experiment'
import type { DataMap } from '@ashlar/plugins'
import type { TaskResult } from '../trials/task.ts'
import { bestOf, lastScore, type Trial, type TrialStatus, tableOf } from '../trials/trial.ts'
import type { SweepRequest } from './request.ts'

/** What the callbacks of an experiment keep above its trials, each by the key of its callback. */
export class RunGroups {
  readonly #logs: ReadonlyMap<string, GroupLog>
  readonly #notice: (text: string) => void
  #step = 0
  #best = Number.POSITIVE_INFINITY
  /** One after the other, as the results came. */
  #told: Promise<void> = Promise.resolve()

  constructor(logs: ReadonlyMap<string, GroupLog>, notice: (text: string) => void) {
    this.#logs = logs
    this.#notice = notice
  }

  /**
   * Begins the groups, or goes on with them.
   *
   * @param trials those that the sweep has already.
   * @param notice told of what cannot be logged later: that is no reason to end a sweep.
   * @throws what a callback does that cannot log now: better before the first trial than after the last.
   */
  static async open(
    resolved: ResolvedExperiment,
    group: RunGroup,
    trials: Iterable<Trial>,
    notice: (text: string) => void,
  ): Promise<RunGroups> {
    const logs = new Map<string, GroupLog>()
    for (const [key, callback] of buildCallbacks(resolved, group.folder)) {
      const log = await callback.beginGroup?.(group)
      if (log !== undefined) logs.set(key, log)
    }
    const groups = new RunGroups(logs, notice)
    for (const trial of trials) {
      groups.#step += trial.rungs.length + (trial.error === undefined ? 0 : 1)
      groups.#best = Math.min(groups.#best, scoreOf(trial))
    }
    return groups
  }

  /** The experiment of a trial, which belongs to the groups. */
  configured(config: DataMap): DataMap {
    if (this.#logs.size === 0) return config
    const callbacks = Object.entries((config.callbacks ?? {}) as Record<string, DataMap>).map(
      ([key, options]) => [key, { ...options, ...this.#logs.get(key)?.options }] as const,
    )
    return { ...config, callbacks: Object.fromEntries(callbacks) }
  }

  /** Tells what came of a trial, if it is the best so far. */
  add(trial: Trial, { metrics }: TaskResult): void {
    const step = ++this.#step
    const score = scoreOf(trial)
    if (score >= this.#best) return
    this.#best = score
    this.#tell((log) => log.add(step, metrics))
  }

  /** Tells how it ended, when everything before is told. */
  async end(ending: GroupEnding): Promise<void> {
    this.#tell((log) => log.end(ending))
    await this.#told
  }

  #tell(what: (log: GroupLog) => Promise<void>): void {
    this.#told = this.#told.then(async () => {
      for (const [key, log] of this.#logs) {
        await what(log).catch((error: Error) => this.#notice(`${key}: ${error.message}`))
      }
    })
  }
}

function scoreOf(trial: Trial): number {
  return bestOf([trial]) === undefined ? Number.POSITIVE_INFINITY : lastScore(trial)!
}

/** What is known of a sweep before it has any trials: what varies, and how it is searched. */
export function paramsOf(request: SweepRequest): DataMap {
  const { args, metric, trials, seed, suggester, scheduler, launcher, constraints } = request
  const given = args.map((each) => [
    each.slice(0, each.indexOf('=')),
    each.slice(each.indexOf('=') + 1),
  ])
  return {
    ...Object.fromEntries(given),
    sweep: {
      ...{ metric, seed, suggester: suggester.name, scheduler: scheduler.name },
      // Its options may be addresses.
      ...{ launcher: launcher.name, constraints },
      ...(trials !== undefined && { trials }),
    },
  }
}

/** How the group of a sweep ends. */
export function groupEnding(
  trials: ReadonlyMap<string, Trial>,
  outcome: GroupEnding['outcome'],
): GroupEnding {
  const { trials: rows, best } = tableOf([...trials.values()])
  const count = (status: TrialStatus) => rows.filter((each) => each.status === status).length
  return {
    ...{ outcome, best },
    counts: {
      completed: count('completed'),
      pruned: count('pruned'),
      failed: count('failed'),
    },
  }
}
