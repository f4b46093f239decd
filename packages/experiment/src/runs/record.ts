import { stat } from 'node:fs/promises'
import type { Metrics } from '@ashlar/core'
import { lastPoint } from './curves.ts'
import { readNotes } from './notes.ts'
import { readText } from './read-text.ts'
import { openRun, type RunFolder, runFiles } from './run-folder.ts'
import { parsePartialSummary, type RunSummary } from './run-summary.ts'
import { isAlive, trainingProcess } from './training-process.ts'

/** A value of an experiment, by its path: `optimizer.learningRate`. */
export type FlatConfig = Readonly<Record<string, string | number | boolean | null>>

/** What is known of a run without opening its folder. */
export interface RunRecord {
  /** Of the folder. */
  readonly run: string
  /** Of the experiment. */
  readonly experiment: string
  /** `killed`: no process trains it, and none came to say how it ended. */
  readonly outcome: RunSummary['outcome'] | 'running' | 'killed'
  /** ISO 8601; the last time that it went on. Undefined where nothing says. */
  readonly began?: string | undefined
  /** Steps done, as far as its log has got where it has not ended. */
  readonly steps?: number | undefined
  /** Steps of the whole run, while it has not ended. */
  readonly totalSteps?: number | undefined
  readonly seconds?: number | undefined
  readonly parameters?: number | undefined
  /**
   * On the test split, under their names; what training came to under `training.` and the name. Of a cross-validation, means, and
   * standard deviations under `deviation.` and the name.
   */
  readonly metrics: Readonly<Record<string, number>>
  readonly commit?: string | undefined
  /** Whether files differed from that commit. */
  readonly dirty?: boolean | undefined
  readonly tags: readonly string[]
  readonly note: string
  /** The resolved experiment. */
  readonly config: FlatConfig
}

/**
 * Reads a run's record from its folder; undefined when there is no run in it, or its config cannot be read.
 *
 * @param path absolute path of the run folder.
 * @param how `ended` takes the summary for the last word, whatever process trains the run.
 */
export async function readRecord(
  path: string,
  { ended = false }: { readonly ended?: boolean } = {},
): Promise<RunRecord | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) return undefined
  let run: RunFolder
  let config: FlatConfig
  try {
    run = await openRun(path)
    config = await readConfig(run)
  } catch {
    // A folder that is no run, or whose config somebody damaged, has nothing to list.
    return undefined
  }
  const [state, notes] = await Promise.all([
    ended ? readEnd(run) : readState(run),
    // Notes that cannot be read do not hide the run.
    readNotes(run).catch(() => ({ tags: [], note: '' })),
  ])
  return { run: run.name, experiment: String(config.name ?? run.name), ...state, ...notes, config }
}

/** What came of a run, or has until now. */
type RunState = Omit<RunRecord, 'run' | 'experiment' | 'tags' | 'note' | 'config'>

async function readState(run: RunFolder): Promise<RunState> {
  const trainer = await trainingProcess(run)
  if (trainer === undefined) return readEnd(run)
  // A summary is that of the time before it went on.
  const { began, totalSteps } = trainer
  const outcome = (await isAlive(run, trainer)) ? 'running' : 'killed'
  return { outcome, began, ...(await soFar(run)), totalSteps }
}

async function readEnd(run: RunFolder): Promise<RunState> {
  const summary = await readSummary(run)
  // Copied while it was under way, for example.
  return summary === undefined ? { outcome: 'killed', ...(await soFar(run)) } : summarized(summary)
}

function summarized(summary: RunSummary): RunState {
  const { outcome, began, steps, seconds, parameters, source, deviation } = summary
  return {
    ...{ outcome, began, steps, seconds, parameters },
    metrics: {
      ...summary.test,
      ...under('training', summary.training),
      ...under(DEVIATION, { ...deviation?.test, ...under('training', deviation?.training) }),
    },
    commit: source?.commit,
    dirty: source && source.changes.length > 0,
  }
}

async function soFar(run: RunFolder): Promise<Pick<RunState, 'steps' | 'metrics'>> {
  const { step, metrics } = await lastPoint(run)
  return { steps: step, metrics: under('training', metrics) }
}

const DEVIATION = 'deviation'

/** The standard deviation of a metric over the folds of a run; undefined for a run of one model. */
export function deviationOf({ metrics }: RunRecord, metric: string): number | undefined {
  const key = `${DEVIATION}.${metric}`
  return Object.hasOwn(metrics, key) ? metrics[key] : undefined
}

/** Whether a metric of a record is the deviation of another one. */
export function isDeviation(metric: string): boolean {
  return metric.startsWith(`${DEVIATION}.`)
}

function under(name: string, metrics: Metrics = {}): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [`${name}.${key}`, value]),
  )
}

/**
 * The resolved experiment of a run, flat.
 *
 * @throws Error when it cannot be read.
 */
export async function readConfig(run: RunFolder): Promise<FlatConfig> {
  // Only runs that no index knows yet are parsed.
  const { parseYaml } = await import('../config/yaml.ts')
  const path = run.file(runFiles.config)
  return flatten(parseYaml(await readText(path), path))
}

/** What `summary.json` says; undefined where there is none, or it is damaged. */
export async function readSummary(run: RunFolder): Promise<RunSummary | undefined> {
  try {
    return parsePartialSummary(await readText(run.file(runFiles.summary))) as RunSummary
  } catch {
    // A run that was killed has none.
    return undefined
  }
}

/** Nested data as values by path; empty lists and mappings as text. */
export function flatten(data: unknown, path: string = ''): FlatConfig {
  if (typeof data !== 'object' || data === null) {
    return { [path]: data as string | number | boolean | null }
  }
  const entries = Object.entries(data)
  if (entries.length === 0) return path === '' ? {} : { [path]: JSON.stringify(data) }
  const flat = entries.map(([key, value]) => flatten(value, path === '' ? key : `${path}.${key}`))
  return Object.assign({}, ...flat) as FlatConfig
}
