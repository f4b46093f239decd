import type { Callback, History, Metrics } from '@ashlar/core'
import {
  checkpoint,
  type DatasetSamples,
  type FoundCheckpoint,
  foldAt,
  foldRows,
  loadSamples,
  metricsLog,
  readCheckpoint,
} from '@ashlar/core'
import { ConfigError, TrainingError } from '@ashlar/errors'
import type { Experiment } from '../config/schema.ts'
import { toYaml } from '../config/yaml.ts'
import { holdRun } from '../runs/hold-run.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import type { RunSummary } from '../runs/run-summary.ts'
import { type ShownSamples, writeShownSamples } from '../runs/shown-samples.ts'
import { type SourceState, sourceState } from '../runs/source-state.ts'
import { claimRun } from '../runs/training-process.ts'
import { writeConfig } from '../trust/seal.ts'
import type { ExperimentParts } from './build.ts'
import { describeRun } from './description.ts'
import { type ShownSplits, showData } from './show-samples.ts'
import { type SummaryParts, summarizeRun } from './summarize-run.ts'
import { writeTrainedOn } from './trained-on.ts'

/** How to train. */
export interface TrainOptions {
  readonly run: RunFolder
  /** The time of the start, for the summary. */
  readonly began: Date
  /** Go along with training after the experiment's own. */
  readonly callbacks?: readonly Callback[] | undefined
  /** Stops after the step when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /**
   * Goes on with the run in the folder from its last checkpoint, bit for bit, as {@link openCheckpoint} found it; undefined begins
   * anew.
   */
  readonly resume?: FoundCheckpoint | undefined
  /**
   * Whether to ask git about the experiment's folder; true by default. A folder of another's may tell git to run something. Who trains many times with the same
   * code asks once, and gives the answer.
   */
  readonly source?: boolean | GitSource | undefined
  /** Data that is loaded already; by default the experiment's dataset is. */
  readonly samples?: DatasetSamples | undefined
}

/** What git says of the code that is trained with. */
export type GitSource = Awaited<ReturnType<typeof sourceState>>

/**
 * Trains an experiment and tests it, into a run folder: the config first, metrics as they come, then weights and
 * summary. A run that is stopped keeps its weights; one that fails keeps what it wrote until then.
 *
 * @throws TrainingError when the loss, a weight, or an output in validation or test is not a number any more; the summary says so too.
 * @throws DataError when another process trains the run.
 */
export async function trainExperiment(
  experiment: Experiment,
  parts: ExperimentParts,
  options: TrainOptions,
): Promise<RunSummary> {
  const { run } = options
  const { source: asked = true } = options
  const source =
    typeof asked === 'object' ? asked : asked ? await sourceState(experiment.folder) : undefined
  const writeInputs = async () => {
    await writeConfig(run, toYaml(experiment))
    await writeTrainedOn(run, parts.trainedOn)
    if (source?.diff) await run.write(runFiles.diff, source.diff)
  }
  return holdRun(run, options.began, async () => {
    // A run that is refused to go on stays as it was.
    if (options.resume === undefined) await writeInputs()
    return trainHeld(experiment, parts, options, {
      source: source?.state,
      async begin(totalSteps) {
        await claimRun(run, { began: options.began.toISOString(), totalSteps })
        if (options.resume !== undefined) await writeInputs()
      },
    })
  })
}

/** What a run that this process has for itself is trained with. */
interface HeldRun {
  readonly source: SourceState | undefined
  /** Before its first step: nothing can be refused any more. */
  begin(totalSteps: number): Promise<void>
}

async function trainHeld(
  experiment: Experiment,
  parts: ExperimentParts,
  options: TrainOptions,
  { source, begin }: HeldRun,
): Promise<RunSummary> {
  const { run, callbacks = [], signal, resume, began } = options
  const { model, engine } = parts
  const loaded = options.samples ?? (await loadSamples(parts.dataset))
  const samples = await refitted(experiment, loaded)
  const { digest, leftOut } = samples
  const { train, validation } = chooseFold(experiment, samples)
  const own = parts.callbacks(run.path)
  // A run that is interrupted can go on, whether somebody thought of it or not.
  const safety = own.some(({ resumable }) => resumable === true)
    ? []
    : [checkpoint(run.file(runFiles.checkpoints))]

  let history: History | undefined
  let hasBegun = false
  let shown: ShownSamples | undefined
  const first: Callback = {
    name: 'begin',
    async onEpochBegin(_, { totalSteps }) {
      if (hasBegun) return
      await begin(totalSteps)
      hasBegun = true
      shown = await showBegun(run, experiment, parts, { train, validation, test: samples.test })
    },
  }
  const last: Callback = {
    name: 'keep-history',
    onTrainEnd(ended) {
      history = ended
    },
  }
  const summarize = (ended: Pick<SummaryParts, 'failure' | 'test'>) =>
    summarizeRun({
      ...{ experiment, parts, began, digest, leftOut, source, history },
      samples: train.length,
      ...ended,
    })
  const log = metricsLog(run.file(runFiles.metrics))
  try {
    await model.fit(train, {
      epochs: experiment.epochs,
      batchSize: experiment.batchSize,
      seed: experiment.seed,
      validationData: validation,
      accumulate: experiment.accumulate,
      classWeights: experiment.classWeights,
      augmentations: parts.augmentations,
      callbacks: [first, log, ...own, ...safety, ...callbacks, last],
      resume: resume?.state,
      digest,
      engine,
      signal,
    })
    await model.save(run.file(runFiles.weights))
    const test = signal?.aborted ? undefined : await model.evaluate(samples.test, { engine })
    if (test !== undefined) checkTested(test)
    const summary = summarize({ test })
    await describeRun(run, parts, { ...samples, test: test && samples.test }, shown)
    await run.writeJson(runFiles.summary, summary)
    return summary
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    if (hasBegun || resume === undefined) {
      // A disk that is full refuses the summary as well: what stopped the training is the news.
      await run.writeJson(runFiles.summary, summarize({ failure })).catch(() => undefined)
    }
    throw error
  }
}

/** Has a run under way show its data. Nothing depends on it: where an augmentation or the disk fails, training says so itself. */
async function showBegun(
  run: RunFolder,
  { seed }: Experiment,
  { dataset, augmentations }: ExperimentParts,
  splits: ShownSplits,
): Promise<ShownSamples | undefined> {
  try {
    const shown = await showData(splits, dataset.info.classes, { augmentations, seed })
    await writeShownSamples(run, shown)
    return shown
  } catch {
    return undefined
  }
}

/** What a run says of its model must be a number. */
function checkTested({ loss }: Metrics): void {
  if (Number.isFinite(loss)) return
  throw new TrainingError({
    where: 'test',
    expected: 'the loss on the test split must be finite',
    given: loss,
    hint: 'The model gives finite outputs that are far from the labels: look at the test split, and at the learning rate.',
  })
}

/**
 * The last checkpoint of a run, for {@link TrainOptions.resume}; undefined for a run that did not get as far as its first.
 *
 * @throws DataError when there are some and none is whole.
 */
export function openCheckpoint(run: RunFolder): Promise<FoundCheckpoint | undefined> {
  return readCheckpoint(run.file(runFiles.checkpoints))
}

/** With everything that was fitted to the samples fitted to those that this fold is trained on. */
async function refitted(
  { fold, seed }: Experiment,
  samples: DatasetSamples,
): Promise<DatasetSamples> {
  if (fold === undefined || fold.index === 'all' || samples.refit === undefined) return samples
  return samples.refit(foldRows(samples.train, { ...fold, seed }, fold.index).train)
}

/** What is trained on and validated with. */
function chooseFold(
  { fold, seed }: Experiment,
  { train, validation }: DatasetSamples,
): Pick<DatasetSamples, 'train' | 'validation'> {
  if (fold === undefined) return { train, ...(validation && { validation }) }
  const { index } = fold
  if (index === 'all') {
    throw new ConfigError({
      where: 'experiment.fold.index',
      expected: 'one training has one fold',
      given: index,
      hint: 'foldExperiments() gives an experiment for each fold.',
    })
  }
  if (validation === undefined) return foldAt(train, { ...fold, seed }, index)
  throw new ConfigError({
    where: 'experiment.fold',
    expected: 'a fold validates with its own part, so the dataset must hold out none',
    given: `${validation.length} samples`,
    hint: 'Leave out `validation` of the dataset.',
  })
}
