import type { RunCurves } from './curves.ts'

/** Runs whose curves may lie over each other. */
export const MOST_COMPARED = 100

/** A value of a run. */
export type Value = string | number | boolean | null

/** A run in the table. */
export interface RunRow {
  readonly run: string
  readonly outcome: string
  /** Part of its steps that is done, while it is under way. */
  readonly progress?: number | undefined
  readonly tags: readonly string[]
  readonly note: string
  /** In the order of the columns that were asked for. */
  readonly values: readonly Value[]
}

/** What `/api/runs` answers. */
export interface RunsAnswer {
  readonly folder: string
  /** Runs in the folder, before conditions. */
  readonly total: number
  /** Keys that columns and conditions may have. */
  readonly known: readonly string[]
  /** Those that were asked for; the usual ones when nobody chose any. */
  readonly columns: readonly string[]
  readonly rows: readonly RunRow[]
}

/** What `/api/curves` answers. */
export interface CurvesAnswer {
  readonly curves: readonly RunCurves[]
}

/** A value of each of some runs. */
export interface ComparedRow {
  readonly key: string
  readonly values: readonly Value[]
}

/** Runs beside each other, row by row. */
export interface CompareAnswer {
  readonly runs: readonly {
    readonly run: string
    readonly outcome: string
    readonly experiment: string
  }[]
  /** Keys of the experiments whose values are not the same everywhere. */
  readonly differences: readonly (ComparedRow & {
    /** Whether it says how a run was trained, rather than where it went to. */
    readonly isSetting: boolean
  })[]
  readonly metrics: readonly ComparedRow[]
}
