import { dirname } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { checkpoint } from '../callbacks/checkpoint.ts'
import { metricsLog } from '../callbacks/metrics-log.ts'
import { type FoundCheckpoint, readCheckpoint } from '../checkpoints/read.ts'
import { toYaml } from '../config/yaml.ts'
import { foldAt } from '../data/folds.ts'
import { type Environment, environment } from '../runs/environment.ts'
import { refreshRecord } from '../runs/list-runs.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import { type SourceState, sourceState } from '../runs/source-state.ts'
import type { Callback } from '../training/callback.ts'
import type { History, Metrics } from '../training/history.ts'
import { type DatasetSamples, loadSamples } from '../training/samples.ts'
import type { ExperimentParts } from './build.ts'
import type { Experiment } from './schema.ts'

/** What a run came to, as `summary.json` holds it. */
export interface RunSummary {
  readonly name: string
  readonly outcome: History['outcome']
  /** Why it stopped or failed. */
  readonly reason?: string | undefined
  /** ISO 8601. */
  readonly began: string
  readonly seed: number
  readonly engine: string
  readonly dataset: { readonly name: string; readonly digest: string }
  readonly parameters: number
  readonly samples: number
  readonly steps: number
  readonly seconds: number
  /** Training samples per second, preparations included. */
  readonly samplesPerSecond: number
  /** Of the last epoch, validation included. */
  readonly training: Metrics
  /** On the test split; left out when training was stopped or failed. */
  readonly test?: Metrics | undefined
  readonly environment: Environment
  /** The git commit that the experiment lay in, where it lay in one. */
  readonly source?: SourceState | undefined
}

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
  /** Data that is loaded already; by default the experiment's dataset is. */
  readonly samples?: DatasetSamples | undefined
}

/**
 * Trains an experiment and tests it, into a run folder: the config first, metrics as they come, then weights and
 * summary. A run that is stopped keeps its weights; one that fails keeps what it wrote until then.
 *
 * @throws TrainingError when the loss is not a number any more; the summary says so too.
 */
export async function trainExperiment(
  experiment: Experiment,
  parts: ExperimentParts,
  options: TrainOptions,
): Promise<RunSummary> {
  const { run, callbacks = [], signal } = options
  const { model, engine } = parts
  const goesOn = options.resume !== undefined
  const source = await sourceState(experiment.folder)
  const writeConfig = () => run.write(runFiles.config, toYaml(experiment))
  const writeSource = async () => {
    if (source?.diff) await run.write(runFiles.diff, source.diff)
  }
  if (!goesOn) {
    await writeConfig().catch(async (error: unknown) => {
      // Without its config the folder is no run, and nothing else is in it.
      await run.remove()
      throw error
    })
    await writeSource()
  }
  const samples = options.samples ?? (await loadSamples(parts.dataset))
  const { test, digest } = samples
  const { train, validation } = chooseFold(experiment, samples)
  const own = parts.callbacks(run.path)
  // A run that is interrupted can go on, whether somebody thought of it or not.
  const safety = own.some(({ resumable }) => resumable === true)
    ? []
    : [checkpoint(run.file(runFiles.checkpoints))]

  let history: History | undefined
  // A run that is refused to go on stays as it was.
  let mayWrite = !goesOn
  const begin: Callback = {
    name: 'begin',
    async onEpochBegin() {
      if (mayWrite) return
      mayWrite = true
      await writeConfig()
      await writeSource()
    },
  }
  const keep: Callback = {
    name: 'keep-history',
    onTrainEnd(ended) {
      history = ended
    },
  }
  const summarize = (ended: { test?: Metrics; reason?: string }): RunSummary => ({
    name: experiment.name,
    outcome: ended.reason === undefined ? (history?.outcome ?? 'failed') : 'failed',
    reason: ended.reason ?? history?.reason,
    began: options.began.toISOString(),
    seed: experiment.seed,
    engine: engine.name,
    dataset: { name: parts.dataset.info.name, digest },
    parameters: model.namedWeights().reduce((sum, { variable }) => sum + variable.size, 0),
    samples: train.length,
    steps: history?.steps ?? 0,
    seconds: history?.seconds ?? 0,
    samplesPerSecond: rate(history, experiment, train.length),
    training: history?.epochs.at(-1)?.metrics ?? {},
    test: ended.test,
    environment: environment(),
    source: source?.state,
  })
  try {
    await model.fit(train, {
      epochs: experiment.epochs,
      batchSize: experiment.batchSize,
      seed: experiment.seed,
      validationData: validation,
      accumulate: experiment.accumulate,
      classWeights: experiment.classWeights,
      augmentations: parts.augmentations,
      callbacks: [
        begin,
        metricsLog(run.file(runFiles.metrics)),
        ...own,
        ...safety,
        ...callbacks,
        keep,
      ],
      resume: options.resume?.state,
      digest,
      engine,
      signal,
    })
    await model.save(run.file(runFiles.weights))
  } catch (error) {
    // A disk that is full refuses the summary as well: what stopped the training is the news.
    const reason = error instanceof Error ? error.message : String(error)
    if (mayWrite) await keepSummary(run, summarize({ reason })).catch(() => undefined)
    throw error
  }
  const summary = summarize(signal?.aborted ? {} : { test: await model.evaluate(test, { engine }) })
  await keepSummary(run, summary)
  return summary
}

/** A run that went on after it was listed is listed as it is now. */
async function keepSummary(run: RunFolder, summary: RunSummary): Promise<void> {
  await run.writeJson(runFiles.summary, summary)
  await refreshRecord(dirname(run.path), run.name)
}

/**
 * The last checkpoint of a run, for {@link TrainOptions.resume}; undefined for a run that did not get as far as its first.
 *
 * @throws DataError when there are some and none is whole.
 */
export function openCheckpoint(run: RunFolder): Promise<FoundCheckpoint | undefined> {
  return readCheckpoint(run.file(runFiles.checkpoints))
}

/** What is trained on and validated with. */
function chooseFold(
  { fold, seed }: Experiment,
  { train, validation }: DatasetSamples,
): Pick<DatasetSamples, 'train' | 'validation'> {
  if (fold === undefined) return { train, ...(validation && { validation }) }
  if (validation === undefined) return foldAt(train, { ...fold, seed }, fold.index)
  throw new ConfigError({
    where: 'experiment.fold',
    expected: 'a fold validates with its own part, so the dataset must hold out none',
    given: `${validation.length} samples`,
    hint: 'Leave out `validation` of the dataset.',
  })
}

function rate(history: History | undefined, { batchSize }: Experiment, samples: number): number {
  if (history === undefined || history.seconds === 0) return 0
  const perEpoch = Math.ceil(samples / batchSize)
  const epochs = Math.floor(history.steps / perEpoch)
  const rest = Math.min(samples, (history.steps % perEpoch) * batchSize)
  return Math.round((epochs * samples + rest) / history.seconds)
}
