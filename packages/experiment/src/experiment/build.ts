import { resolve } from 'node:path'
import type {
  Augmentation,
  Callback,
  Dataset,
  Engine,
  Exporter,
  Loss,
  Metric,
  Model,
  Optimizer,
} from '@ashlar/core'
import { asModel, freeze, isShapeList } from '@ashlar/core'
import { ConfigError, ShapeError } from '@ashlar/errors'
import type { PluginKind, Reference } from '@ashlar/plugins'
import { openContainer } from '@ashlar/plugins'
import { requireTrust } from '../trust/origin.ts'
import type { ResolvedExperiment } from './resolve.ts'

/** What an experiment consists of, made by its plugins. */
export interface ExperimentParts {
  /** Compiled, built for the dataset, with the experiment's seed or the weights it names. */
  readonly model: Model
  readonly dataset: Dataset
  readonly optimizer: Optimizer
  readonly loss: Loss
  readonly metrics: readonly Metric[]
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
 * Makes everything that an experiment names, each experiment in a container of its own. Reads no data, trains nothing.
 *
 * @throws ShapeError when the model does not fit the dataset.
 * @throws DataError when the weights that it begins with do not fit.
 * @throws ConfigError for an experiment of another's that was only looked at and would do more than stay in its folder.
 */
export async function buildExperiment({
  experiment,
  registry,
  origin,
  asked,
}: ResolvedExperiment): Promise<ExperimentParts> {
  if (origin !== undefined && asked !== undefined) requireTrust(origin, asked.actions)
  const { seed, folder } = experiment
  const container = openContainer(registry, { seed, folder })
  const create = <K extends PluginKind>(kind: K, reference: Reference, key: string) =>
    container.create(kind, reference, `experiment.${key}`)
  const dataset = create('dataset', experiment.dataset, 'dataset')
  const model = asModel(create('model', experiment.model, 'model'))
  const parts: ExperimentParts = {
    model,
    dataset,
    optimizer: create('optimizer', experiment.optimizer, 'optimizer'),
    loss: create('loss', experiment.loss, 'loss'),
    metrics: experiment.metrics.map((each, i) => create('metric', each, `metrics[${i}]`)),
    engine: create('engine', experiment.engine, 'engine'),
    augmentations: experiment.augmentations.map((each, i) =>
      create('augmentation', each, `augmentations[${i}]`),
    ),
    callbacks(runFolder) {
      const ofRun = openContainer(registry, { seed, folder, runFolder })
      return Object.entries(experiment.callbacks).map(([key, each]) =>
        ofRun.create('callback', each, `experiment.callbacks.${key}`),
      )
    },
    exporter: experiment.export && create('exporter', experiment.export, 'export'),
    async dispose() {
      model.dispose()
      await container.dispose()
    },
  }
  const { optimizer, loss, metrics } = parts
  model.compile({ optimizer, loss, metrics })
  if (!model.built) {
    model.seed = seed
    model.build([null, ...dataset.info.inputShape])
  }
  checkOutput(model, dataset)
  freeze(model, experiment.freeze)
  if (experiment.weights !== undefined) await model.load(resolve(folder, experiment.weights))
  return parts
}

/** A label beyond the last output would count as no class at all, silently. */
function checkOutput(model: Model, { info }: Dataset): void {
  const shape = model.computeOutputShape([null, ...info.inputShape])
  if (isShapeList(shape)) {
    throw new ConfigError({
      where: 'experiment.model',
      expected: 'the model must have one output',
      given: shape,
    })
  }
  const { classes } = info
  const width = shape.at(-1)
  if (classes.length <= 1 || width == null || width === 1 || width >= classes.length) return
  throw new ShapeError({
    where: 'experiment.model',
    expected: `the output must have a number for each of the ${classes.length} classes of ${info.name}`,
    given: shape,
    hint: `Set model.numClasses=${classes.length}, if the model has such an option.`,
  })
}
