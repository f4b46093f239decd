import { readFile, stat } from 'node:fs/promises'
import type { RunSummary } from '../experiment/train.ts'
import { readNotes } from './notes.ts'
import { openRun, type RunFolder, runFiles } from './run-folder.ts'

/** A value of an experiment, by its path: `optimizer.learningRate`. */
export type FlatConfig = Readonly<Record<string, string | number | boolean | null>>

/** What is known of a run without opening its folder. */
export interface RunRecord {
  /** Of the folder. */
  readonly run: string
  /** Of the experiment. */
  readonly experiment: string
  /** `unfinished`: it is under way, or was killed. */
  readonly outcome: RunSummary['outcome'] | 'unfinished'
  /** ISO 8601; undefined for an unfinished run. */
  readonly began?: string | undefined
  readonly seconds?: number | undefined
  readonly parameters?: number | undefined
  /** On the test split, under their names; what training came to under `training.` and the name. */
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
 */
export async function readRecord(path: string): Promise<RunRecord | undefined> {
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
  const [summary, notes] = await Promise.all([
    readSummary(run),
    // Notes that cannot be read do not hide the run.
    readNotes(run).catch(() => ({ tags: [], note: '' })),
  ])
  const training = Object.entries(summary?.training ?? {})
  return {
    run: run.name,
    experiment: String(config.name ?? run.name),
    outcome: summary?.outcome ?? 'unfinished',
    began: summary?.began,
    seconds: summary?.seconds,
    parameters: summary?.parameters,
    metrics: {
      ...summary?.test,
      ...Object.fromEntries(training.map(([name, value]) => [`training.${name}`, value])),
    },
    commit: summary?.source?.commit,
    dirty: summary?.source && summary.source.changes.length > 0,
    ...notes,
    config,
  }
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
  return flatten(parseYaml(await readFile(path, 'utf8'), path))
}

/** What `summary.json` says; undefined where there is none, or it is damaged. */
export async function readSummary(run: RunFolder): Promise<RunSummary | undefined> {
  try {
    return JSON.parse(await readFile(run.file(runFiles.summary), 'utf8')) as RunSummary
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
