import { ConfigError } from '@ashlar/errors'
import type { OutputEncoding } from '../data/encoding.ts'
import type { Field } from '../data/field.ts'
import { type FieldInfo, fieldsOf } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import { type BatchColumn, batchColumns } from '../data/source.ts'
import type { LabelData } from '../data/split.ts'
import type { LabelKind, Loss, Reading } from '../losses/loss.ts'
import type { Network } from '../network/network.ts'
import { type Compiled, type OutputHead, readingOfHead } from './compile.ts'
import { type ForwardOutput, forwardOf, outputOf } from './forward.ts'

/** Whether labels are indices of classes; numbers of a regression come as float32. */
export function labelKindOf(
  dtype: BatchColumn['dtype'] | undefined,
  field?: Pick<Field, 'multiLabel'>,
): LabelKind {
  if (field?.multiLabel) return 'answers'
  return dtype === 'float32' ? 'numbers' : 'classes'
}

/** How labels and outputs are to be read: what the loss says, and of what it leaves open, what follows from the model. */
export function readingOf(model: Network, head: OutputHead, info: FieldInfo): Reading {
  const said = readingOfHead(head)
  if (said.fromLogits !== undefined || head.loss.output !== 'probabilities') return said
  return { ...said, fromLogits: givesLogits(outputOf(forwardOf(model, info), head.name)) }
}

/** Probabilities are never below zero; where nothing is known, Keras's default holds. */
function givesLogits(output: ForwardOutput | undefined): boolean {
  return output?.range !== undefined && output.range[0] < 0
}

/** What the numbers of a model's output mean, for whoever uses it. */
export function outputEncodingOf(
  model: Network,
  loss: Loss,
  info: FieldInfo,
  name?: string,
): OutputEncoding {
  const field = fieldsOf(info).outputs.find((each) => each.name === name)
  const { classes = [], targets = [] } = field ?? {}
  if (classes.length === 0) return { task: 'regression', targets }
  const isLogits = loss.fromLogits ?? givesLogits(outputOf(forwardOf(model, info), name))
  const task = field?.multiLabel ? 'multi-label' : 'classification'
  return { task, classes, gives: isLogits ? 'logits' : 'probabilities' }
}

/**
 * Takes the losses and metrics that go with the data in the place of those that leave it open. One that leaves it open stands for all outputs that have labels.
 *
 * @throws ConfigError for outputs without a loss of their own.
 */
export function settle(compiled: Compiled, model: Network, samples: Samples): void {
  // A model with a step of its own may have no loss.
  if (compiled.heads.length === 0) return
  const labels = batchColumns(samples).filter(({ role }) => role === 'labels')
  const forward = forwardOf(model, samples.info)
  compiled.heads = headsFor(
    compiled.heads,
    labels.map(({ name }) => name),
  ).map((head) => {
    const field = fieldsOf(samples.info).outputs.find(({ name }) => name === head.name)
    const column = labels.find(({ name }) => name === head.name)
    const kind = labelKindOf(column?.dtype, field)
    const outputs = widthOf(outputOf(forward, head.name)?.shape)
    const loss = head.loss.for?.({ labels: kind, outputs }) ?? head.loss
    const metrics = head.metrics.map((metric) => metric.for?.(kind) ?? metric)
    // What goes with the data may stand there by its own name as well.
    const names = metrics.map(({ name }) => name)
    const unique = metrics.filter(({ name }, index) => names.indexOf(name) === index)
    const ignoreIndex = ignoreIndexOf('loss', head.name, loss, field)
    return { ...head, loss, metrics: unique, ignoreIndex }
  })
}

/**
 * The label that does not count, where the data says so and the loss goes by it.
 *
 * @param where the option that names losses.
 * @throws ConfigError for a loss that was told another one.
 */
export function ignoreIndexOf(
  where: string,
  output: string | undefined,
  { name, labels, ignoreIndex }: Loss,
  field: Pick<Field, 'ignoreIndex'> | undefined,
): number | undefined {
  const said = field?.ignoreIndex
  if (said === undefined || ignoreIndex === said) return said
  if (ignoreIndex === undefined) {
    return labels === 'shares' || labels === 'numbers' ? undefined : said
  }
  throw new ConfigError({
    where: output === undefined ? where : `${where}.${output}`,
    expected: `\`ignoreIndex\` of ${name} must be that of the data, whose label for what does not count is ${said}`,
    given: ignoreIndex,
    hint: 'Leave it out of the loss: it follows from the data.',
  })
}

/** @throws ConfigError where outputs and labels do not have the same names. */
export function headsFor(
  heads: readonly OutputHead[],
  labels: readonly (string | undefined)[],
): readonly OutputHead[] {
  const [only] = heads
  const names = labels.filter((name) => name !== undefined)
  const isOne = heads.length === 1 && only !== undefined && only.name === undefined
  if (names.length === 0 || !isOne) {
    const missing = names.find((name) => !heads.some((head) => head.name === name))
    if (missing !== undefined) {
      throw new ConfigError({
        where: 'loss',
        expected: `there must be a loss for each output that has labels: ${names.join(', ')}`,
        given: heads.map(({ name }) => name).join(', '),
        hint: `${missing} has none. One with \`lossWeights\` 0 is measured and not trained.`,
      })
    }
    return heads
  }
  const fixed = [only.loss, ...only.metrics].find((each) => each.for === undefined)
  if (fixed === undefined) return names.map((name) => ({ ...only, name }))
  throw new ConfigError({
    where: 'loss',
    expected: `losses and metrics must be by output where there are several: ${names.join(', ')}`,
    given: fixed.name,
    hint: `{ ${names.map((name) => `${name}: ...`).join(', ')} }`,
  })
}

function widthOf(outputShape: readonly number[] | undefined): number | undefined {
  return outputShape === undefined || outputShape.length > 0 ? outputShape?.at(-1) : 1
}

/**
 * Holds what the loss takes against what the model gives.
 *
 * @throws ConfigError for a loss told of logits that gets probabilities or the other way round, and for a model whose output is always the same.
 */
export function checkOutputs(
  where: string,
  model: Network,
  heads: readonly OutputHead[],
  info: FieldInfo,
): void {
  for (const head of heads) checkHead(where, model, head, info)
}

function checkHead(where: string, model: Network, head: OutputHead, info: FieldInfo): void {
  const { loss } = head
  const { range } = outputOf(forwardOf(model, info), head.name) ?? {}
  if (range === undefined) return
  const [low, high] = range
  const name = model.getClassName()
  // A loss that says nothing of labels may be about something else than the output.
  if (low === high && loss.labels !== undefined) {
    throw new ConfigError({
      where: `${where}: ${name}`,
      expected: `the output must depend on the samples, and it is always ${low}`,
      hint:
        low === 1
          ? 'A softmax over one output is 1 whatever comes in: give one output a sigmoid, or none for numbers.'
          : undefined,
    })
  }
  if (loss.output !== 'probabilities' || loss.fromLogits === undefined) return
  const areShares = low >= 0 && high <= 1
  if (loss.fromLogits ? !areShares : low >= 0) return
  throw new ConfigError({
    where: `${where}: ${loss.name}`,
    expected: loss.fromLogits
      ? `the model must give logits, as \`fromLogits\` is true, and ${name} gives probabilities: its outputs lie between ${low} and ${high}`
      : `the model must give probabilities, as \`fromLogits\` is false, and ${name} gives logits: its outputs can be below zero`,
    hint: 'Leave `fromLogits` out: it follows from the model.',
  })
}

/**
 * Refuses metrics that count right answers where labels are numbers to come near to.
 *
 * @param isRegression whether the data says so; else labels are looked at, as 0 and 1 or one-hot rows may be counted.
 */
export function checkMetrics(
  where: string,
  { loss, metrics }: Pick<OutputHead, 'loss' | 'metrics'>,
  labels: LabelData | 'regression',
): void {
  const metric = metrics.find(({ counts }) => counts === 'answers')
  if (metric === undefined || loss.labels !== 'numbers') return
  const stranger =
    labels === 'regression' ? undefined : labels.find((label: number) => label !== 0 && label !== 1)
  if (labels !== 'regression' && stranger === undefined) return
  throw new ConfigError({
    where: `${where}: metric ${metric.name}`,
    expected: `it counts right answers, and with ${loss.name} labels are numbers to come near to`,
    given: stranger,
    hint: 'Numbers go with mean-absolute-error or root-mean-squared-error.',
  })
}
