import { ConfigError } from '@ashlar/errors'
import type { ResolvedExperiment } from '@ashlar/experiment'
import type { Point } from '../space/parameter.ts'
import { overridesOf } from '../space/parse.ts'
import { allows, type Space } from '../space/space.ts'
import type { Observation, Suggestions } from '../suggest/suggester.ts'
import { shortDigest, trialId } from '../trials/digest.ts'
import { lastScore, newTrial, type Trial } from '../trials/trial.ts'

/** Suggestions in a row that come to nothing new, before the space counts as searched. */
const PATIENCE = 10_000

/** How a trial's experiment is read: the experiment of the sweep with these overrides, after those of every trial. */
export type ResolveTrial = (overrides: readonly string[]) => Promise<ResolvedExperiment>

/** What a planner goes by. */
export interface PlannerParts {
  readonly space: Space
  readonly suggestions: Suggestions
  /** Whether suggestions look at results. */
  readonly learns: boolean
  readonly resolve: ResolveTrial
  /** Digest of the experiment without what is varied. */
  readonly base: string
  /** At most so many trials. */
  readonly limit: number
}

/** A trial that can be worked on, or one that cannot be. */
export interface Planned {
  readonly trial: Trial
  /** Undefined where the experiment cannot be resolved; then the trial says why. */
  readonly resolved: ResolvedExperiment | undefined
}

/** Decides which trial comes next. */
export class Planner {
  readonly #parts: PlannerParts
  readonly #trials: Map<string, Trial>
  /** Points that were suggested, as text. */
  readonly #points: Set<string>
  #index: number
  #isExhausted = false

  /** @param trials those that the sweep has already; the planner adds the new ones. */
  constructor(parts: PlannerParts, trials: Map<string, Trial>) {
    this.#parts = parts
    this.#trials = trials
    this.#points = new Set([...trials.values()].map(({ params }) => this.#textOf(params)))
    this.#index = 1 + Math.max(-1, ...[...trials.values()].map(({ index }) => index))
  }

  /** Whether there will be no further trials. */
  get isComplete(): boolean {
    return this.#isExhausted || this.#trials.size >= this.#parts.limit
  }

  /** The next new trial; undefined when there is none. */
  async next(): Promise<Planned | undefined> {
    const { space, suggestions, learns } = this.#parts
    for (let vain = 0; !this.isComplete; vain++) {
      const index = this.#index++
      const point =
        vain < PATIENCE
          ? await suggestions.suggest(index, learns ? this.#observed() : [])
          : undefined
      if (point === undefined) {
        this.#isExhausted = true
        if (this.#trials.size === 0) throw this.#nothing()
        return undefined
      }
      if (!allows(space, point) || !this.#isNew(point)) continue
      const planned = await this.#plan(point, index)
      // Another point may come to the same experiment.
      if (this.#trials.has(planned.trial.id)) continue
      this.#trials.set(planned.trial.id, planned.trial)
      return planned
    }
    return undefined
  }

  /** Whether a point is suggested for the first time: its experiment is read only then. */
  #isNew(point: Point): boolean {
    const text = this.#textOf(point)
    if (this.#points.has(text)) return false
    this.#points.add(text)
    return true
  }

  #textOf(point: Point): string {
    return JSON.stringify(this.#parts.space.parameters.map(({ key }) => point[key]))
  }

  /** Frees what the suggestions hold. */
  async end(): Promise<void> {
    await this.#parts.suggestions.end?.()
  }

  async #plan(params: Point, index: number): Promise<Planned> {
    const { resolve, base } = this.#parts
    try {
      const resolved = await resolve(overridesOf(params))
      const { epochs } = resolved.experiment
      const id = trialId(resolved.experiment)
      return { trial: newTrial({ id, index, params, epochs }), resolved }
    } catch (error) {
      // One that no experiment can be made of is a trial all the same: it has failed, and says why.
      if (!(error instanceof ConfigError)) throw error
      const trial = newTrial({
        id: shortDigest({ base, params }),
        ...{ index, params, epochs: 1 },
      })
      trial.error = { message: error.message, kind: 'configuration' }
      trial.isOver = true
      return { trial, resolved: undefined }
    }
  }

  #observed(): Observation[] {
    return [...this.#trials.values()].map((trial) => ({
      point: trial.params,
      score: trial.error === undefined ? lastScore(trial) : Number.POSITIVE_INFINITY,
    }))
  }

  #nothing(): ConfigError {
    const { constraints } = this.#parts.space
    return new ConfigError({
      where: 'sweep',
      expected: 'at least one point must fulfil the constraints',
      given: constraints.map(({ text }) => text).join(' and '),
    })
  }
}
