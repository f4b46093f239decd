import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createRun,
  type Experiment,
  type FoldExperiment,
  foldExperiments,
  foldFolder,
  makeRun,
  type RunFolder,
  type RunSummary,
  readConfigText,
  runFiles,
  summarizeFolds,
  type TrainedFold,
  toYaml,
  writeConfig,
} from '@ashlar/experiment'
import { holdRun, readSummary } from '@ashlar/experiment/runs'
import { formatMetric, formatPath, formatSpread } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'
import { describeTraining, type Trained, type Training, trainResolved } from './train.ts'

/** A cross-validation that has just been made. */
interface TrainedFolds {
  /** Holds a run for each fold. */
  readonly run: RunFolder
  readonly summary: RunSummary
  readonly interrupted: boolean
}

/** What is done with each fold besides training it. */
export interface FoldWork {
  /** After its training, unless that was interrupted. */
  finish(trained: Trained): Promise<void>
  /** Files that its run has when that is done. */
  readonly files: readonly string[]
}

/** Nothing. */
export const ONLY_TRAIN: FoldWork = { finish: async () => undefined, files: [] }

/** Whether an experiment stands for a training for each fold. */
export function hasFolds({ experiment }: Pick<Training, 'experiment'>): boolean {
  return foldExperiments(experiment).length > 0
}

/**
 * Trains once for each fold, one after the other, each into a run folder of its own in that of the whole. Of a run to go on with, folds that are done are
 * left as they are, and the one that was interrupted goes on from its last checkpoint.
 */
async function trainFolds(
  training: Training,
  output: Output,
  work: FoldWork,
): Promise<TrainedFolds> {
  const { experiment, run: begun } = training
  const began = new Date()
  const run = begun ?? (await createRun(experiment.out, experiment.name, began))
  return holdRun(run, began, async () => {
    // A run that is refused to go on stays as it was.
    if (begun === undefined) await writeExperiment(run, experiment)
    return trainEach(training, run, output, work)
  })
}

/**
 * Trains every fold, and tells people and programs what came of it.
 *
 * @param asked.name of the program.
 * @param asked.command that trains them: `train`.
 * @returns whether it was interrupted.
 */
export async function runFolds(
  training: Training,
  output: Output,
  asked: FoldWork & { readonly name: string; readonly command: string },
): Promise<boolean> {
  const trained = await trainFolds(training, output, asked)
  describeFolds(trained, output)
  describeNextOfFolds(trained, asked.name, asked.command, output)
  output.result({ run: trained.run.path, ...trained.summary })
  return trained.interrupted
}

const writeExperiment = (run: RunFolder, experiment: Experiment) =>
  writeConfig(run, toYaml(experiment))

async function trainEach(
  { experiment, registry, origin, run: begun, explain }: Training,
  run: RunFolder,
  output: Output,
  { finish, files }: FoldWork,
): Promise<TrainedFolds> {
  const folds = foldExperiments(experiment)
  const trained: TrainedFold[] = []
  const summarize = async () => {
    const summary = summarizeFolds(trained, folds.length)
    await writeExperiment(run, experiment)
    await run.writeJson(runFiles.summary, summary)
    return summary
  }
  for (const fold of folds) {
    const { index, run: name } = fold
    const folder = await makeRun(run.file(name))
    const state = await stateOf(folder, fold, files)
    output.line(`${index === 0 ? '' : '\n'}fold ${index} of ${folds.length}${TOLD[state.kind]}`)
    if (state.kind === 'done') {
      trained.push({ index, run: name, summary: state.summary })
      continue
    }
    try {
      const one = await trainResolved({ experiment: fold.experiment, registry, origin }, output, {
        explain: explain && trained.length === 0,
        ...(state.kind === 'new' ? { folder } : { run: folder }),
      })
      const { summary, interrupted, parts } = one
      trained.push({ index, run: name, summary })
      describeTraining(one, output)
      if (!interrupted) await finish(one)
      await parts.dispose()
      if (interrupted) return { run, summary: await summarize(), interrupted }
    } catch (error) {
      const summary = await readSummary(folder)
      if (summary?.outcome === 'failed') trained.push({ index, run: name, summary })
      if (trained.length > 0) await summarize()
      // Refused before anything was trained.
      else if (begun === undefined) await run.remove()
      throw error
    }
  }
  return { run, summary: await summarize(), interrupted: false }
}

const TOLD = { done: ': done', begun: '', new: '' } as const

type FoldState =
  | { readonly kind: 'new' | 'begun' }
  | { readonly kind: 'done'; readonly summary: RunSummary }

/** Done is a fold that was tested, as the very experiment that it stands for now. */
async function stateOf(
  run: RunFolder,
  { experiment }: FoldExperiment,
  files: readonly string[],
): Promise<FoldState> {
  const read = (name: string) => readFile(run.file(name), 'utf8').catch(() => undefined)
  const config = await readConfigText(run).catch(() => undefined)
  if (config === undefined) return { kind: 'new' }
  const summary = await readSummary(run)
  const others = await Promise.all(files.map(read))
  const done = config === toYaml(experiment) && !others.includes(undefined)
  return done && summary?.test !== undefined ? { kind: 'done', summary } : { kind: 'begun' }
}

/** What the folds came to, for people: a row for each, then mean and standard deviation. */
function describeFolds({ summary, run }: TrainedFolds, output: Output): void {
  const { folds = [], deviation } = summary
  const { training, test = {} } = summary
  // Over the part that validates, then over the test split.
  const validation = Object.keys(training).filter((name) => name.startsWith(VALIDATION))
  const columns = [
    ...validation.map((name) => ({ name, part: 'training' as const })),
    ...Object.keys(test).map((name) => ({ name, part: 'test' as const })),
  ]
  const rows = folds.map((fold) => [
    String(fold.index),
    ...columns.map(({ name, part }) => shown(fold[part]?.[name])),
  ])
  const means = columns.map(({ name, part }) =>
    formatSpread(summary[part]![name]!, deviation?.[part][name]),
  )
  const head = columns.map(({ name, part }) => (part === 'test' ? `test ${name}` : name))
  output.line()
  for (const line of formatTable(['fold', ...head], [...rows, ['mean', ...means]])) {
    output.line(line)
  }
  output.line()
  output.line(`runs      ${formatPath(run.path)} (${folds.map((fold) => fold.run).join(', ')})`)
}

/** Prefix of metrics over validation data. */
const VALIDATION = 'val_'

function shown(value: number | undefined): string {
  return value === undefined ? '' : formatMetric(value)
}

/**
 * What one may do next.
 *
 * @param command that trained the folds: `train`.
 */
function describeNextOfFolds(
  { run, interrupted }: TrainedFolds,
  name: string,
  command: string,
  output: Output,
): void {
  const path = formatPath(run.path)
  output.line()
  if (interrupted) {
    output.line('Everything up to here is kept. To go on:')
    output.line(`  ${name} ${command} --resume ${path}`)
    return
  }
  output.line('Next:')
  output.line(`  ${name} runs --out ${path}`)
  output.line(`  ${name} compare ${join(path, 'fold-*')}`)
  output.line(`  ${name} report ${join(path, foldFolder(0))}`)
}
