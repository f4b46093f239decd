import { defineKind, type Kind } from '@ashlar/plugins'
import type { Point } from '../space/parameter.ts'
import type { Space } from '../space/space.ts'

/** What came of a point. */
export interface Observation {
  readonly point: Point
  /** The sweep's metric, turned so that the smaller one is better; undefined while the trial is under way, infinite for one that failed. */
  readonly score: number | undefined
}

/** What a suggester is asked to search. */
export interface Search {
  readonly space: Space
  /** Everything random follows from it. */
  readonly seed: number
  /** Points that there will be at most. */
  readonly trials: number
}

/** Suggestions for one sweep. */
export interface Suggestions {
  /**
   * A point of the space. Whether its constraints hold is looked at afterwards.
   *
   * @param index 0 for the first suggestion. The same index, seed and observations give the same point.
   * @param observed what is known of the points so far, in the order of their suggestion.
   * @returns undefined when there is none left.
   */
  suggest(
    index: number,
    observed: readonly Observation[],
  ): Point | undefined | Promise<Point | undefined>
  /** Frees what it holds. */
  end?(): void | Promise<void>
}

/** What decides which trials a sweep makes. */
export interface Suggester {
  readonly name: string
  /** Whether what came of earlier points has a say: then the trials of a sweep cannot be listed beforehand. */
  readonly learns: boolean
  /** The different points that it can suggest; all of the space where it does not say. */
  size?(space: Space): number
  begin(search: Search): Suggestions | Promise<Suggestions>
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    suggester: Suggester
  }
}

/** What decides which trials a sweep makes. */
export const suggesterKind: Kind<'suggester'> = defineKind('suggester')
