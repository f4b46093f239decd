import { resolve } from 'node:path'
import type {
  Augmentation,
  Callback,
  Dataset,
  DatasetInfo,
  Engine,
  Exporter,
  Model,
  Optimizer,
  OutputHead,
} from '@ashlar/core'
import { checkClassWeights, checkMetrics, fieldsOf, freeze, makeStepWeights } from '@ashlar/core'
import type { PluginKind, Reference } from '@ashlar/plugins'
import { openContainer } from '@ashlar/plugins'
import { isReference } from '../config/schema.ts'
import { requireTrust } from '../trust/require-trust.ts'
import { infoAsTrained, requireTrainedClasses, type TrainedData } from './as-trained.ts'
import { buildFor, checkOutput, designExperiment, makeDataset, type TrainedOn } from './design.ts'
import { lossesOf } from './losses-of.ts'
import { withNeeds } from './needs.ts'
import type { ResolvedExperiment } from './resolve.ts'
import { trainedOnFold } from './trained-on-fold.ts'

/** What the model of a run knows of the data that it was trained on. */
export interface Trained extends TrainedOn {
  /** Names of its inputs, in its order. */
  readonly inputs: readonly string[]
  /** What its run keeps of that data; left out where it keeps nothing. */
  readonly kept?: TrainedData | undefined
}

/** What an experiment consists of, made by its plugins. */
export interface ExperimentParts {
  /** Compiled, built for the dataset, with the experiment's seed or the weights it names. */
  readonly model: Model
  /** Whoever loads it is told by what a file that is missing is made, as the experiment's `needs` say. */
  readonly dataset: Dataset
  /** One; or several by name, for a model with a `trainStep` of its own. */
  readonly optimizer: Optimizer | Readonly<Record<string, Optimizer>>
  readonly trainedOn: TrainedOn
  /** The model's outputs with their losses and metrics: one without a name, or several by name. */
  readonly heads: readonly OutputHead[]
  readonly engine: Engine
  readonly augmentations: readonly Augmentation[]
  /**
   * The experiment's callbacks, for one run.
   *
   * @param runFolder absolute path of the folder that they may write to.
   */
  callbacks(runFolder?: string): Callback[]
  /** Undefined where no exporter is registered. */
  readonly exporter: Exporter | undefined
  /** Frees the model's weights and the container. */
  dispose(): Promise<void>
}

/**
 * The callbacks of an experiment, by their keys.
 *
 * @param runFolder absolute path of the folder that they may write to.
 */
export function buildCallbacks(
  { experiment, registry }: Pick<ResolvedExperiment, 'experiment' | 'registry'>,
  runFolder?: string,
): Map<string, Callback> {
  const { seed, folder, callbacks } = experiment
  const ofRun = openContainer(registry, { seed, folder, runFolder })
  return new Map(
    Object.entries(callbacks).map(([key, each]) => [
      key,
      ofRun.create('callback', each, `experiment.callbacks.${key}`),
    ]),
  )
}

/**
 * Makes everything that an experiment names, each experiment in a container of its own. Trains nothing, and reads data in one fold of several alone: where numbers
 * to predict lie is known of all that is trained on together, what is validated with included.
 *
 * @param trained what the model of a run knows of its data, where other data may say something else.
 * @throws ShapeError when the model does not fit the dataset.
 * @throws DataError when the weights that it begins with do not fit, or a file is missing.
 * @throws ConfigError for an experiment of another's that was only looked at and would do more than stay in its folder.
 */
export async function buildExperiment(
  resolved: ResolvedExperiment,
  trained?: Trained,
): Promise<ExperimentParts> {
  const { experiment, origin, asked } = resolved
  if (origin !== undefined && asked !== undefined) requireTrust(origin, asked.actions)
  return withNeeds(experiment, () => build(resolved, trained))
}

async function build(
  { experiment, registry }: ResolvedExperiment,
  trained: Trained | undefined,
): Promise<ExperimentParts> {
  const { seed, folder } = experiment
  const container = openContainer(registry, { seed, folder })
  const create = <K extends PluginKind>(kind: K, reference: Reference, key: string) =>
    container.create(kind, reference, `experiment.${key}`)
  const dataset = datasetAsTrained(makeDataset(experiment, container), trained?.kept)
  const known = trained ?? (await trainedOnFold(experiment, dataset))
  const { heads, model, trainedOn } = designExperiment(
    experiment,
    { registry, container, dataset },
    known,
  )
  const parts: ExperimentParts = {
    model,
    trainedOn,
    dataset: {
      get info() {
        return dataset.info
      },
      load: (options) => withNeeds(experiment, () => dataset.load(options)),
    },
    optimizer: isReference(experiment.optimizer)
      ? create('optimizer', experiment.optimizer, 'optimizer')
      : Object.fromEntries(
          Object.entries(experiment.optimizer).map(([name, each]) => [
            name,
            create('optimizer', each, `optimizer.${name}`),
          ]),
        ),
    heads,
    engine: create('engine', experiment.engine, 'engine'),
    augmentations: experiment.augmentations.map((each, i) =>
      create('augmentation', each, `augmentations[${i}]`),
    ),
    callbacks: (runFolder) => [...buildCallbacks({ experiment, registry }, runFolder).values()],
    exporter: experiment.export && create('exporter', experiment.export, 'export'),
    async dispose() {
      model.dispose()
      await container.dispose()
    },
  }
  model.compile({ optimizer: parts.optimizer, ...lossesOf(heads) })
  buildFor(model, withInputsInOrder(dataset.info, trained?.inputs ?? []), seed)
  await makeStepWeights(model, dataset.info)
  checkOutput(model, heads, dataset.info)
  parts.exporter?.check?.(dataset.info)
  checkClassWeights('experiment', { heads }, experiment.classWeights)
  for (const head of heads) {
    const field = fieldsOf(dataset.info).outputs.find(({ name }) => name === head.name)
    if ((field?.classes ?? []).length === 0) checkMetrics('experiment', head, 'regression')
  }
  freeze(model, experiment.freeze)
  if (experiment.weights !== undefined) await model.load(resolve(folder, experiment.weights))
  return parts
}

/** A dataset of which a run's model is to be used, whose data may be other than it was trained on. */
function datasetAsTrained(dataset: Dataset, kept: TrainedData | undefined): Dataset {
  if (kept === undefined) return dataset
  requireTrainedClasses(dataset.info, kept.data)
  return { info: infoAsTrained(dataset.info, kept), load: (options) => dataset.load(options) }
}

/** Models may read their inputs one after the other: those of a trained one stay in its order. */
function withInputsInOrder(info: DatasetInfo, order: readonly string[]): DatasetInfo {
  const { inputs } = info
  if (inputs === undefined) return info
  const names = Object.keys(inputs)
  const known = order.filter((name) => names.includes(name))
  const ordered = names.map((name) => (order.includes(name) ? known.shift()! : name))
  return { ...info, inputs: Object.fromEntries(ordered.map((name) => [name, inputs[name]!])) }
}
