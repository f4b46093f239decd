import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import type { Registry } from '@ashlar/plugins'
import type { Experiment } from '../config/schema.ts'
import { readText } from '../runs/read-text.ts'
import { openRun, type RunFolder, runFiles } from '../runs/run-folder.ts'
import { parseSummary, type RunSummary } from '../runs/run-summary.ts'
import { buildExperiment, type ExperimentParts } from './build.ts'
import { foldFolder } from './cross-validation.ts'
import { resolveRun, testParts } from './run-config.ts'
import { readTrainedOn } from './trained-on.ts'

/** A run that has weights, ready to be used. */
export interface TrainedRun {
  readonly run: RunFolder
  readonly experiment: Experiment
  readonly summary: RunSummary
  /** The model has the weights that the run ended with. */
  readonly parts: ExperimentParts
}

/** How to open a run. */
export interface OpenOptions {
  /** The plugins at hand; the experiment's own are added. */
  readonly registry: Registry
  /** `key=value`: another engine, more test samples. */
  readonly overrides?: readonly string[] | undefined
  /** Takes a run that was not made here for the user's own: it may run code, and read, write and call what it says. */
  readonly trust?: boolean | undefined
}

/**
 * Builds the model of a run from its folder alone, and gives it the weights.
 *
 * @param path the run folder, or a `latest`.
 * @throws DataError when it is no run folder, failed, or was not trained to the point where weights are kept.
 * @throws ConfigError for a run that was not made here and would do more than stay in its folder.
 */
export async function openTrained(
  path: string,
  { registry, overrides, trust }: OpenOptions,
): Promise<TrainedRun> {
  const run = await openRun(path)
  const resolved = await resolveRun(run, {
    ...{ registry, overrides, trust, parts: testParts },
    // The weights that the run began with do not matter any more.
    without: ['weights'],
  })
  if (resolved.experiment.fold?.index === 'all') {
    throw new DataError({
      where: path,
      expected: 'must be the run of one model; this one holds a run for each fold',
      hint: `For example ${join(path, foldFolder(0))}`,
    })
  }
  await reached(run, runFiles.weights, (path) => access(path))
  const summary = await reached(run, runFiles.summary, async (path) => {
    return parseSummary(await readText(path))
  })
  if (summary.outcome === 'failed') {
    throw new DataError({
      where: run.path,
      expected: 'the run must not have failed',
      given: summary.reason,
      hint: 'Train again, or go on with it: ashlar train --resume.',
    })
  }
  const parts = await buildExperiment(resolved, await readTrainedOn(run, resolved.experiment))
  await parts.model.load(run.file(runFiles.weights))
  return { run, experiment: resolved.experiment, summary, parts }
}

async function reached<T>(
  run: RunFolder,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await use(run.file(name))
  } catch (error) {
    throw new DataError({
      where: run.path,
      expected: `the run must have a readable ${name}; one that failed may not have got as far`,
      given: (error as Error).message,
      cause: error,
    })
  }
}
