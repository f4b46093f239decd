import type { Dataset, DatasetInfo, Loss, Metric, Model } from '@ashlar/core'
import { asModel, type DataFacts, givenFact, isShapeList, withFacts } from '@ashlar/core'
import { AshlarError, ConfigError, ShapeError } from '@ashlar/errors'
import type { ExperimentContainer, Reference, Registry } from '@ashlar/plugins'
import type { Experiment } from '../config/schema.ts'

/** The parts of an experiment that must fit each other, as its data asks for. */
export interface Design {
  readonly dataset: Dataset
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  /** Not built yet. */
  readonly model: Model
}

/**
 * Makes dataset, loss, metrics and model. What the experiment leaves open follows from the data: the loss and the metrics by its labels, the width of
 * the model's output by its classes or targets, and whether that is plain numbers by the loss. Loads no data.
 *
 * @throws ConfigError for a loss or metric that the labels of the data do not go with.
 */
export function designExperiment(
  experiment: Experiment,
  registry: Registry,
  container: ExperimentContainer,
): Design {
  const dataset = container.create('dataset', experiment.dataset, 'experiment.dataset')
  const { info } = dataset
  const labels = isRegression(info) ? 'numbers' : 'classes'
  const named = container.create('loss', experiment.loss, 'experiment.loss')
  const { plugin } = registry.get('model', experiment.model.name, 'experiment.model')
  const outputs = givenFact(plugin.options, experiment.model, 'outputs')
  const loss = named.for?.({ labels, outputs: outputs as number | undefined }) ?? named
  const metrics = experiment.metrics
    .map((each, i) => container.create('metric', each, `experiment.metrics[${i}]`))
    .map((metric) => metric.for?.(labels) ?? metric)
  checkLoss(loss, info)
  const reference = withFacts(plugin.options, experiment.model, factsOf(info, loss))
  const model = asModel(container.create('model', reference as Reference, 'experiment.model'))
  return { dataset, loss, metrics, model }
}

function isRegression({ classes }: DatasetInfo): boolean {
  return classes.length === 0
}

function factsOf(info: DatasetInfo, { labels }: Loss): DataFacts {
  const targets = info.labelShape.reduce((product, size) => product * size, 1)
  const isOne = labels === 'yes-or-no' && info.classes.length === 2
  const outputs = isRegression(info) ? targets : isOne ? 1 : info.classes.length
  const arePlain = labels === 'numbers' || (labels === 'yes-or-no' && outputs > 1)
  return { outputs, ...(arePlain && { output: 'logits' as const }) }
}

function checkLoss({ name, labels }: Loss, info: DatasetInfo): void {
  if (labels === 'indices' && isRegression(info)) {
    throw new ConfigError({
      where: 'experiment.loss',
      expected: `${name} takes classes, and the labels of ${info.name} are numbers`,
      hint: 'Leave the loss out, or take mean-squared-error; if the labels are classes, say so to the dataset.',
    })
  }
  if (labels === 'shares' && !isRegression(info) && info.labelShape.length === 0) {
    throw new ConfigError({
      where: 'experiment.loss',
      expected: `${name} takes one-hot labels, and those of ${info.name} are indices of classes`,
      hint: 'Leave the loss out, or take sparse-categorical-crossentropy.',
    })
  }
}

/**
 * Gives a model its weights for samples of a dataset.
 *
 * @throws ShapeError where such samples cannot go through it, such as pictures that are too small.
 */
export function buildFor(model: Model, info: DatasetInfo, seed: number): void {
  if (model.built) return
  model.seed = seed
  try {
    model.build([null, ...info.inputShape])
  } catch (error) {
    // One that says what to do knows better.
    if (!(error instanceof AshlarError) || error.hint !== undefined) throw error
    throw new ShapeError({
      where: 'experiment.model',
      expected: `samples of shape [${info.inputShape.join(', ')}] must fit through the model: ${error.message.split('\n')[0]}`,
      hint:
        info.inputShape.length === 3
          ? 'The pictures may be too small for so many steps: make them larger (dataset.size), or the model shallower.'
          : undefined,
      cause: error,
    })
  }
}

/**
 * Checks that a model's output is what labels can be held against.
 *
 * @throws ShapeError for another width.
 */
export function checkOutput(model: Model, loss: Loss, info: DatasetInfo): void {
  const shape = model.computeOutputShape([null, ...info.inputShape])
  if (isShapeList(shape)) {
    throw new ConfigError({
      where: 'experiment.model',
      expected: 'the model must have one output',
      given: shape,
    })
  }
  if (shape.includes(0)) {
    throw new ShapeError({
      where: 'experiment.model',
      expected: 'the output must hold numbers',
      given: shape,
      hint: 'Nothing is left of the samples: make them larger (dataset.size), or the model shallower.',
    })
  }
  const width = shape.length === 1 ? 1 : shape.at(-1)
  if (width == null) return
  const { classes, name } = info
  const refusal = (expected: string, hint: string) =>
    new ShapeError({ where: 'experiment.model', expected, given: shape, hint })
  const leaveOut = 'Leave out model.numClasses, if the model has such an option'
  if (isRegression(info)) {
    const targets = info.labelShape.reduce((product, size) => product * size, 1)
    const outputs = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1)
    // Only then the loss holds number against number.
    if (loss.labels !== 'numbers' || outputs === targets || shape.includes(null, 1)) return
    throw refusal(
      `the output must have a number for each of the ${targets === 1 ? 'targets (1)' : `${targets} targets`} of ${name}`,
      `${leaveOut}: it follows from the data.`,
    )
  }
  if (loss.labels === 'yes-or-no') {
    if (width === 1 && classes.length === 2) return
    throw refusal(
      `${loss.name} takes one output and two classes, and ${name} has ${classes.length}`,
      classes.length === 2 ? `${leaveOut}.` : 'Leave out the loss: it follows from the data.',
    )
  }
  // Squares may be taken of a class's number.
  if (width === 1 && loss.labels !== 'indices' && loss.labels !== 'shares') return
  // A label beyond the last output would count as no class at all, silently.
  if (width >= classes.length) return
  throw refusal(
    `the output must have a number for each of the ${classes.length} classes of ${name}`,
    `${leaveOut}, or set model.numClasses=${classes.length}.`,
  )
}
