import { sep } from 'node:path'
import {
  type Callback,
  checkOutputs,
  type DatasetSamples,
  explainTraining,
  type FoundCheckpoint,
  foldRows,
  initialStatisticsLeft,
  loadSamples,
  observeRuns,
} from '@ashlar/core'
import {
  buildExperiment,
  createRun,
  type Experiment,
  type ExperimentParts,
  openCheckpoint,
  openRun,
  type ResolvedExperiment,
  type RunFolder,
  type RunSummary,
  readTrainedOn,
  refuseChanges,
  runFiles,
  trainExperiment,
} from '@ashlar/experiment'
import { refuseIfTrained } from '@ashlar/experiment/runs'
import {
  formatCount,
  formatDuration,
  formatMetric,
  formatMetrics,
  formatPath,
} from '../terminal/format.ts'
import { listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { trainingProgress } from '../terminal/progress.ts'
import { describePlan } from './explain.ts'
import { describeLeftOut } from './left-out.ts'
import { describeProvenance } from './provenance.ts'
import { resolveTarget, type TargetOptions, type TrainingTarget } from './target.ts'

/** A run that has just been trained. */
export interface Trained {
  readonly experiment: Experiment
  readonly run: RunFolder
  readonly summary: RunSummary
  readonly parts: ExperimentParts
  readonly samples: DatasetSamples
  /** Whether Ctrl-C ended it. */
  readonly interrupted: boolean
}

/** What is to be trained. */
export interface Training extends ResolvedExperiment {
  /** The run to go on with; undefined for a new one. */
  readonly run: RunFolder | undefined
  /** Whether to show where the time of a step goes before the first one. */
  readonly explain?: boolean | undefined
}

/**
 * The training that a command is about.
 *
 * @param target an experiment; with `resume`, a run to go on with in its own folder.
 * @throws ConfigError for a run that is to go on with other options than it began with.
 */
export async function openTraining(
  { target, resume }: Pick<TrainingTarget, 'target' | 'resume'>,
  options: TargetOptions,
): Promise<Training> {
  if (!resume) return { ...(await resolveTarget(target, options)), run: undefined }
  const run = await openRun(target)
  // Before anything is said of where it goes on.
  await refuseIfTrained(run)
  const resolved = await resolveTarget(run.path, options)
  if (options.overrides?.length) {
    const began = await resolveTarget(run.path, { ...options, overrides: [] })
    refuseChanges(began.experiment, resolved.experiment)
  }
  return { ...resolved, run }
}

/** Where and how an experiment is trained. */
export interface TrainingPlace {
  /** The run to go on with, from its last checkpoint; by default there is a new one. */
  readonly run?: RunFolder | undefined
  /** A folder for the new run, without anything in it. */
  readonly folder?: RunFolder | undefined
  /** Whether to show where the time of a step goes before the first one. */
  readonly explain?: boolean | undefined
  /** Looks at the data before anything is made of it. */
  check?(samples: DatasetSamples): void
}

/** Trains an experiment and shows how it goes. */
export async function trainResolved(
  resolved: ResolvedExperiment,
  output: Output,
  place: TrainingPlace = {},
): Promise<Trained> {
  const began = new Date()
  const { experiment } = resolved
  const checkpoint = place.run && (await openCheckpoint(place.run))
  // Whatever can be refused is, before a folder is made for it.
  const known = place.run && checkpoint && (await readTrainedOn(place.run, experiment))
  const parts = await buildExperiment(resolved, known)
  checkOutputs('experiment', parts.model, parts.heads, parts.dataset.info)
  const samples = await loadSamples(parts.dataset)
  place.check?.(samples)
  let run: RunFolder | undefined
  const interruption = listenForInterruption({
    told: () => output.notice('\nstopping after this step (Ctrl-C again ends at once)'),
    late: () => output.notice(late(run)),
  })
  const engine = observeRuns(parts.engine, interruption.runs)
  try {
    run = place.run ?? place.folder ?? (await createRun(experiment.out, experiment.name, began))
    describeStart(experiment, parts, samples, output)
    if (place.run !== undefined) describeResume(checkpoint, output)
    if (place.explain) {
      const { batchSize } = experiment
      const plan = await explainTraining(parts.model, samples.train, { batchSize, engine })
      output.line()
      describePlan(plan, { model: experiment.model.name, batchSize }, output)
      output.line()
    }
    const stopped: Callback = { name: 'stopped', onTrainEnd: () => interruption.stopped() }
    const observed = { ...parts, engine }
    const summary = await trainExperiment(experiment, observed, {
      run,
      began,
      samples,
      callbacks: [trainingProgress(output.progress), stopped],
      source: resolved.origin === undefined,
      signal: interruption.signal,
      resume: checkpoint,
    })
    const interrupted = interruption.signal.aborted
    return { experiment, run, summary, parts, samples, interrupted }
  } finally {
    interruption.end()
  }
}

/** What a run folder holds, for people. */
const FILES = [runFiles.config, runFiles.metrics, runFiles.weights, runFiles.summary].join(', ')

/** Below this, what is left of batch norm's first statistics changes no result that anybody would notice. */
const SETTLED = 0.005

/** What came out, for people. */
export function describeTraining(
  { summary, run, parts, experiment }: Trained,
  output: Output,
): void {
  const { steps, seconds, samplesPerSecond, outcome, reason } = summary
  const speed = `${formatCount(samplesPerSecond)} samples/s`
  output.line()
  output.line(
    `${outcome} after ${formatCount(steps)} steps, ${formatDuration(seconds)} (${speed})` +
      `${reason === undefined ? '' : `: ${reason}`}`,
  )
  if (summary.test !== undefined) output.line(`test      ${formatMetrics(summary.test)}`)
  const layers = parts.model.sublayers().map(({ layer }) => layer)
  const left = experiment.weights === undefined ? initialStatisticsLeft(layers, steps) : 0
  if (summary.test !== undefined && left > SETTLED) {
    // Each step leaves the same part of them.
    const needed = Math.ceil((steps * Math.log(SETTLED)) / Math.log(left))
    const epochs = Math.ceil((needed * experiment.epochs) / Math.max(1, steps))
    output.line(
      `          (too few steps for batch norm: its averages are still ${formatMetric(100 * left)} % what they began as.\n` +
        `           About ${formatCount(needed)} steps settle them: epochs=${epochs}, or a smaller batchSize)`,
    )
  }
  output.line(`run       ${formatPath(run.path)}${sep} (${FILES})`)
}

/** How to go on after Ctrl-C. */
export function describeInterruption({ run }: Trained, name: string, output: Output): void {
  const path = formatPath(run.path)
  output.line()
  output.line('Everything up to here is kept. To go on:')
  output.line(`  ${name} run --resume ${path}`)
  output.line(`  ${name} run ${path} weights=${formatPath(run.file('weights.safetensors'))}`)
  output.line('                                   train from these weights, into a new run')
  output.line(`  ${name} evaluate ${path}`)
  output.line(`  ${name} export ${path}`)
}

/** What one may do with a run that was trained but not exported. */
export function describeTrained({ run }: Trained, name: string, output: Output): void {
  output.line()
  output.line('Next:')
  output.line(`  ${name} export ${formatPath(run.path)}`)
}

/** What one may do next, after everything is done. */
export function describeNext(
  { run, experiment }: Trained,
  file: string,
  name: string,
  output: Output,
): void {
  const path = formatPath(run.path)
  output.line()
  output.line('Next:')
  for (const [command, what] of [
    [`predict ${path} FILES`, 'what it says of files'],
    [`serve ${path}`, 'a page and an API'],
    [`report ${path}`, 'one HTML page: curves, mistakes'],
    [`verify ${formatPath(file)}`, undefined],
    [`run ${path} epochs=${experiment.epochs + 2} seed=${experiment.seed + 1}`, undefined],
  ] as const) {
    const line = `  ${name} ${command}`
    output.line(what === undefined ? line : `${line.padEnd(44)}  # ${what}`)
  }
}

/** What is said when a step takes longer than it is waited for. */
function late(run: RunFolder | undefined): string {
  const path = run === undefined ? '' : ` ${formatPath(run.path)}`
  return `ended in the midst of a step that takes longer than ten seconds; run --resume${path} goes on from the last checkpoint`
}

function describeResume(checkpoint: FoundCheckpoint | undefined, output: Output): void {
  for (const problem of checkpoint?.damaged ?? []) {
    output.notice(`passing over a damaged checkpoint: ${problem}`)
  }
  if (checkpoint === undefined) {
    output.line('there is no checkpoint yet: training begins anew')
    return
  }
  const { step, epoch } = checkpoint.state.progress
  output.line(`going on after step ${formatCount(step)}, in epoch ${epoch + 1}`)
}

function describeStart(
  experiment: Experiment,
  { model, engine }: ExperimentParts,
  { train, test, validation, leftOut }: DatasetSamples,
  output: Output,
): void {
  const { parameters } = model.summary()
  const { fold } = experiment
  // Of a fold, what it is trained on and what it is held against.
  const rows =
    fold !== undefined && fold.index !== 'all'
      ? foldRows(train, { ...fold, seed: experiment.seed }, fold.index)
      : undefined
  const trained = rows?.train.length ?? train.length
  const held = rows?.validation.length ?? validation?.length
  const validating = held === undefined ? '' : `, ${formatCount(held)} validation`
  const { name, epochs, batchSize, seed } = experiment
  output.line(
    `${name}: ${experiment.model.name}, ${formatCount(parameters.total)} parameters, on ${experiment.dataset.name}, ` +
      `${formatCount(trained)} training${validating} and ${formatCount(test.length)} test samples`,
  )
  output.line(
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, batch ${batchSize}, seed ${seed}, engine ${engine.name}`,
  )
  describeProvenance(model, output)
  describeLeftOut(leftOut, output)
}
