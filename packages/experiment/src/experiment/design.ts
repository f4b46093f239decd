import type {
  Dataset,
  DatasetInfo,
  Field,
  LabelKind,
  Loss,
  Metric,
  Model,
  NamedField,
  OutputHead,
  Shape,
} from '@ashlar/core'
import {
  asModel,
  builtFrom,
  type DataFacts,
  fieldsOf,
  givenFact,
  headsFor,
  ignoreIndexOf,
  isShapeList,
  rangeOfField,
  sizeOfShape,
  type TargetScale,
  withFacts,
} from '@ashlar/core'
import { AshlarError, ConfigError, ShapeError, unknownName } from '@ashlar/errors'
import type { ExperimentContainer, Reference, Registry } from '@ashlar/plugins'
import { type Experiment, isReference } from '../config/schema.ts'

/** What a model was told of the data that it is trained on, and keeps whatever data it is used with. */
export interface TrainedOn {
  /** Undefined where the data said none, or the experiment does itself. */
  readonly targetScale: TargetScale | undefined
}

/** The parts of an experiment that must fit each other, as its data asks for. */
export interface Design {
  readonly dataset: Dataset
  /** The outputs with their losses and metrics. */
  readonly heads: readonly OutputHead[]
  /** Not built yet. */
  readonly model: Model
  readonly trainedOn: TrainedOn
}

/**
 * Makes dataset, losses, metrics and model. What the experiment leaves open follows from the data: the loss and the metrics by its labels, the width of
 * the model's output by its classes or targets, and whether that is plain numbers by the loss. Loads no data.
 *
 * @param parts.dataset made already; by default made here.
 * @param trained of a run, whose model stays as it is whatever the data.
 * @throws ConfigError for a loss or metric that the labels of the data do not go with.
 */
export function designExperiment(
  experiment: Experiment,
  parts: DesignParts,
  trained?: TrainedOn,
): Design {
  const { registry, container, dataset = makeDataset(experiment, container) } = parts
  const { info } = dataset
  const { plugin } = registry.get('model', experiment.model.name, 'experiment.model')
  const outputs = givenFact(plugin.options, experiment.model, 'outputs')
  const fields = fieldsOf(info).outputs
  const named = headsFor(
    makeHeads(experiment, container),
    fields.map(({ name }) => name),
  )
  const heads = named.map((head) => {
    const field = fields.find(({ name }) => name === head.name)
    if (field === undefined) throw unknownOutput(head.name, fields, info.name)
    const labels = labelKindOf(field)
    const width = head.name === undefined ? (outputs as number | undefined) : undefined
    const loss = head.loss.for?.({ labels, outputs: width }) ?? head.loss
    checkLoss(loss, field, info.name)
    const metrics = head.metrics.map((metric) => metric.for?.(labels) ?? metric)
    for (const metric of metrics) checkMetric(metric, field, info.name)
    const ignoreIndex = ignoreIndexOf('experiment.loss', head.name, loss, field)
    return { ...head, ignoreIndex, loss, metrics }
  })
  const known = trained === undefined ? info : { ...info, targetScale: trained.targetScale }
  const facts = factsOf(known, heads, fields)
  const reference = withFacts(plugin.options, experiment.model, facts)
  const model = asModel(container.create('model', reference as Reference, 'experiment.model'))
  const scaleIn = (options: Readonly<Record<string, unknown>>) =>
    givenFact(plugin.options, options, 'targetScale') as TargetScale | undefined
  const targetScale = scaleIn(experiment.model) === undefined ? scaleIn(reference) : undefined
  return { dataset, heads, model, trainedOn: { targetScale } }
}

/** What an experiment is designed with. */
export interface DesignParts {
  readonly registry: Registry
  readonly container: ExperimentContainer
  readonly dataset?: Dataset | undefined
}

/** The dataset that an experiment names. */
export function makeDataset(experiment: Experiment, container: ExperimentContainer): Dataset {
  return container.create('dataset', experiment.dataset, 'experiment.dataset')
}

/** The losses and metrics that an experiment names, each at its output. */
function makeHeads(experiment: Experiment, container: ExperimentContainer): OutputHead[] {
  const { loss, lossWeights, metrics } = experiment
  const metricsOf = (given: readonly Reference[], key: string) =>
    given.map((each, i) => container.create('metric', each, `experiment.${key}[${i}]`))
  if (isReference(loss)) {
    if (lossWeights !== undefined || !Array.isArray(metrics)) {
      throw new ConfigError({
        where: 'experiment.loss',
        expected:
          'must be by output where `lossWeights` or `metrics` are: { class: ..., box: ... }',
        given: loss,
      })
    }
    const only = container.create('loss', loss as Reference, 'experiment.loss')
    return [{ name: undefined, loss: only, weight: 1, metrics: metricsOf(metrics, 'metrics') }]
  }
  const isAuto = Array.isArray(metrics)
  if (isAuto && metrics.some(({ name }) => name !== 'auto')) {
    throw new ConfigError({
      where: 'experiment.metrics',
      expected: 'must be by output as losses are',
      given: metrics.map(({ name }) => name),
      hint: `${Object.keys(loss)[0]}: [...]`,
    })
  }
  for (const [key, given] of Object.entries({ lossWeights, metrics: isAuto ? {} : metrics })) {
    const stranger = Object.keys(given ?? {}).find((name) => !Object.hasOwn(loss, name))
    if (stranger === undefined) continue
    throw new ConfigError(unknownName(`experiment.${key}`, 'output', stranger, Object.keys(loss)))
  }
  return Object.entries(loss).map(([name, each]) => ({
    name,
    loss: container.create('loss', each, `experiment.loss.${name}`),
    weight: lossWeights?.[name] ?? 1,
    metrics: isAuto
      ? metricsOf(metrics, 'metrics')
      : metricsOf(
          (metrics as Readonly<Record<string, readonly Reference[]>>)[name] ?? [],
          `metrics.${name}`,
        ),
  }))
}

function unknownOutput(
  name: string | undefined,
  fields: readonly NamedField[],
  dataset: string,
): ConfigError {
  const names = fields.flatMap((field) => field.name ?? [])
  if (names.length > 0) {
    return new ConfigError(unknownName('experiment.loss', 'output', String(name), names))
  }
  return new ConfigError({
    where: 'experiment.loss',
    expected: `must be one loss, as ${dataset} has one label for each sample, which has no name`,
    given: name,
  })
}

function isRegression({ classes = [] }: Pick<Field, 'classes'>): boolean {
  return classes.length === 0
}

/** What the labels of a field are. */
function labelKindOf(field: Pick<Field, 'classes' | 'multiLabel'>): LabelKind {
  if (isRegression(field)) return 'numbers'
  return field.multiLabel ? 'answers' : 'classes'
}

function factsOf(
  info: DatasetInfo,
  heads: readonly OutputHead[],
  fields: readonly NamedField[],
): DataFacts {
  const [field, ...others] = fields
  const [head] = heads
  const vocabulary = vocabularyOf(info)
  const categories = categoriesOf(info)
  const side = sideOf(info)
  const ofInput = {
    ...(vocabulary !== undefined && { vocabulary }),
    ...(categories !== undefined && { categories }),
    ...(side !== undefined && { side }),
  }
  if (field === undefined || head === undefined) return ofInput
  if (field.name !== undefined) {
    const named = heads.flatMap(({ name, loss }) => {
      const own = fields.find((each) => each.name === name)
      return own === undefined ? [] : [[own.name!, widthFor(own, loss)] as const]
    })
    Object.assign(ofInput, { namedOutputs: Object.fromEntries(named) })
  }
  if (others.length > 0) return ofInput
  const { labels } = head.loss
  const outputs = widthFor(field, head.loss)
  const arePlain = labels === 'numbers' || (labels === 'yes-or-no' && outputs > 1)
  return {
    ...ofInput,
    outputs,
    ...(arePlain && { output: 'logits' as const }),
    ...(info.targetScale && isRegression(field) && { targetScale: info.targetScale }),
  }
}

/** How many numbers a loss wants for the labels of a field. */
function widthFor(field: NamedField, { labels }: Loss): number {
  const classes = field.classes?.length ?? 0
  if (isRegression(field)) return sizeOfShape(field.shape)
  return labels === 'yes-or-no' && classes === 2 && !field.multiLabel ? 1 : classes
}

/** How many values inputs have that are indices, by their names; undefined where none has a name. */
function categoriesOf(info: DatasetInfo): Readonly<Record<string, number>> | undefined {
  if (info.inputs === undefined) return undefined
  const found = Object.entries(info.inputs).flatMap(([name, field]) => {
    const [low, high] = rangeOfField(field)
    const areIndices = field.dtype === 'int32' && low === 0 && Number.isInteger(high)
    return areIndices ? [[name, high + 1] as const] : []
  })
  return Object.fromEntries(found)
}

/** How many tokens there are, where samples are indices of them. */
function vocabularyOf(info: DatasetInfo): number | undefined {
  const [input] = fieldsOf(info).inputs
  if (input === undefined || input.dtype === 'uint8') return undefined
  const [low, high] = rangeOfField(input)
  return low === 0 && Number.isInteger(high) && high > 0 ? high + 1 : undefined
}

/** The larger side, where samples are pictures. */
function sideOf(info: DatasetInfo): number | undefined {
  const [input, ...others] = fieldsOf(info).inputs
  if (input === undefined || others.length > 0 || input.shape.length !== 3) return undefined
  return Math.max(input.shape[0]!, input.shape[1]!)
}

function checkLoss({ name, labels }: Loss, field: NamedField, dataset: string): void {
  const where = field.name === undefined ? 'experiment.loss' : `experiment.loss.${field.name}`
  if (labels === 'indices' && isRegression(field)) {
    throw new ConfigError({
      where,
      expected: `${name} takes classes, and the labels of ${dataset} are numbers`,
      hint: 'Leave the loss out, or take mean-squared-error; if the labels are classes, say so to the dataset.',
    })
  }
  if (labels === 'numbers' && isOneOfSeveral(field)) {
    throw new ConfigError({
      where,
      expected: `${name} takes numbers to come near to, and the labels of ${dataset} are ${field.classes?.length} classes`,
      hint: 'Leave the loss out, or take sparse-categorical-crossentropy; if the labels are numbers, say so to the dataset.',
    })
  }
  if (
    labels === 'shares' &&
    !isRegression(field) &&
    !field.multiLabel &&
    field.shape.length === 0
  ) {
    throw new ConfigError({
      where,
      expected: `${name} takes one-hot labels, and those of ${dataset} are indices of classes`,
      hint: 'Leave the loss out, or take sparse-categorical-crossentropy.',
    })
  }
}

/** Whether a label is the index of one of more than two classes: that of two may be 0 or 1, which are numbers as well. */
function isOneOfSeveral({ classes = [], multiLabel, shape }: NamedField): boolean {
  return classes.length > 2 && !multiLabel && shape.length === 0
}

function checkMetric({ name, counts }: Metric, field: NamedField, dataset: string): void {
  if (counts !== 'distances' || !isOneOfSeveral(field)) return
  throw new ConfigError({
    where: field.name === undefined ? 'experiment.metrics' : `experiment.metrics.${field.name}`,
    expected: `${name} measures how near numbers are, and the labels of ${dataset} are ${field.classes?.length} classes`,
    hint: 'Leave the metrics out, or take accuracy, f1 or auc.',
  })
}

/**
 * Gives a model its weights for samples of a dataset.
 *
 * @throws ShapeError where such samples cannot go through it, such as pictures that are too small.
 */
export function buildFor(model: Model, info: DatasetInfo, seed: number): void {
  // One that comes with weights may take samples of other shapes as well.
  if (!model.built) model.seed = seed
  const { inputs, inputShape } = info
  if (inputs !== undefined) model.build(builtFrom(info))
  else buildThrough(model, inputShape, inputShape.length === 3 ? TOO_SMALL : undefined)
}

const MAKE_LARGER = 'make them larger (dataset.size), or the model shallower.'
const TOO_SMALL = `The pictures may be too small for so many steps: ${MAKE_LARGER}`

/**
 * Gives a model its weights for samples of a shape that nobody has data of.
 *
 * @param hint what to do about a shape that does not fit.
 * @throws ShapeError where such samples cannot go through it, or nothing is left of them.
 */
export function buildForShape(model: Model, inputShape: readonly number[], hint: string): void {
  buildThrough(model, inputShape, hint)
  const given = model.computeOutputShape([null, ...inputShape])
  const empty = (isShapeList(given) ? given : [given]).find((shape) => shape.includes(0))
  if (empty !== undefined) throw nothingLeft(empty, hint)
}

function buildThrough(model: Model, inputShape: readonly number[], hint: string | undefined): void {
  try {
    model.build([null, ...inputShape])
  } catch (error) {
    // One that says what to do knows better.
    if (!(error instanceof AshlarError) || error.hint !== undefined) throw error
    throw new ShapeError({
      where: 'experiment.model',
      expected: `samples of shape [${inputShape.join(', ')}] must fit through the model: ${error.message.split('\n')[0]}`,
      hint,
      cause: error,
    })
  }
}

function nothingLeft(shape: Shape, hint: string): ShapeError {
  return new ShapeError({
    where: 'experiment.model',
    expected: 'the output must hold numbers',
    given: shape,
    hint,
  })
}

/**
 * Checks that a model's outputs are what labels can be held against.
 *
 * @throws ShapeError for another width.
 * @throws ConfigError for an output that has labels and that the model does not give.
 */
export function checkOutput(model: Model, heads: readonly OutputHead[], info: DatasetInfo): void {
  const given = model.computeOutputShape(builtFrom(info))
  const shapes = isShapeList(given) ? given : [given]
  const names = model.signature()?.outputs
  for (const head of heads) {
    const at = head.name === undefined ? 0 : (names?.indexOf(head.name) ?? -1)
    const field = fieldsOf(info).outputs.find(({ name }) => name === head.name)!
    const shape = shapes[at]
    if (shape === undefined || (head.name === undefined && shapes.length > 1)) {
      throw new ConfigError({
        where: 'experiment.model',
        expected:
          head.name === undefined
            ? 'the model must have one output'
            : `the model must give the output ${head.name}, which ${info.name} has labels for`,
        given:
          head.name === undefined ? shapes : (names ?? ['one tensor without a name']).join(', '),
      })
    }
    checkWidth(shape, head.loss, field, info.name)
  }
}

function checkWidth(shape: Shape, loss: Loss, field: NamedField, name: string): void {
  if (shape.includes(0)) throw nothingLeft(shape, `Nothing is left of the samples: ${MAKE_LARGER}`)
  const width = shape.length === 1 ? 1 : shape.at(-1)
  if (width == null) return
  const { classes = [] } = field
  const refusal = (expected: string, hint: string) =>
    new ShapeError({ where: 'experiment.model', expected, given: shape, hint })
  const leaveOut = 'Leave out model.numClasses, if the model has such an option'
  if (isRegression(field)) {
    const targets = sizeOfShape(field.shape)
    const outputs = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1)
    // Only then the loss holds number against number.
    if (loss.labels !== 'numbers' || outputs === targets || shape.includes(null, 1)) return
    throw refusal(
      `the output must have a number for each of the ${targets === 1 ? 'targets (1)' : `${targets} targets`} of ${name}`,
      `${leaveOut}: it follows from the data.`,
    )
  }
  if (loss.labels === 'yes-or-no') {
    if (field.multiLabel && width === classes.length) return
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
