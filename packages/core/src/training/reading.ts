import { ConfigError } from '@ashlar/errors'
import type { DatasetInfo } from '../data/dataset.ts'
import type { OutputEncoding } from '../data/encoding.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import { batchDtypes } from '../data/source.ts'
import type { Split } from '../data/split.ts'
import type { LabelKind, Loss, Reading } from '../losses/loss.ts'
import type { Metric } from '../metrics/metric.ts'
import type { Network } from '../network/network.ts'
import type { Compiled } from './compile.ts'
import { type Forward, forwardOf } from './forward.ts'

/** Whether labels are indices of classes; numbers of a regression come as float32. */
export function labelKindOf(samples: Split): LabelKind {
  return batchDtypes(samples).labels === 'float32' ? 'numbers' : 'classes'
}

/** How labels and outputs are to be read: what the loss says, and of what it leaves open, what follows from the model. */
export function readingOf(model: Network, loss: Loss, info: SampleInfo): Reading {
  const { labels, fromLogits, output } = loss
  if (fromLogits !== undefined || output !== 'probabilities') return { labels, fromLogits }
  return { labels, fromLogits: givesLogits(forwardOf(model, info)) }
}

/** Probabilities are never below zero; where nothing is known, Keras's default holds. */
function givesLogits({ range }: Forward): boolean {
  return range !== undefined && range[0] < 0
}

/** What the numbers of a model's output mean, for whoever uses it. */
export function outputEncodingOf(model: Network, loss: Loss, info: DatasetInfo): OutputEncoding {
  const { classes, targets = [] } = info
  if (classes.length === 0) return { task: 'regression', targets }
  const isLogits = loss.fromLogits ?? givesLogits(forwardOf(model, info))
  return { task: 'classification', classes, gives: isLogits ? 'logits' : 'probabilities' }
}

/** Takes the losses and metrics that go with the data in the place of those that leave it open. */
export function settle(compiled: Compiled, model: Network, samples: Samples): void {
  const { outputShape } = forwardOf(model, samples.info)
  const labels = labelKindOf(samples)
  const { loss } = compiled
  compiled.loss = loss.for?.({ labels, outputs: widthOf(outputShape) }) ?? loss
  const metrics = compiled.metrics.map((metric) => metric.for?.(labels) ?? metric)
  // What goes with the data may stand there by its own name as well.
  const names = metrics.map(({ name }) => name)
  compiled.metrics = metrics.filter(({ name }, index) => names.indexOf(name) === index)
}

function widthOf(outputShape: readonly number[] | undefined): number | undefined {
  return outputShape === undefined || outputShape.length > 0 ? outputShape?.at(-1) : 1
}

/**
 * Holds what the loss takes against what the model gives.
 *
 * @throws ConfigError for a loss told of logits that gets probabilities or the other way round, and for a model whose output is always the same.
 */
export function checkOutputs(where: string, model: Network, loss: Loss, info: SampleInfo): void {
  const { range } = forwardOf(model, info)
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
 * @param labels `regression` where the data says so; else they are looked at, as 0 and 1 or one-hot rows may be counted. Those that come with their samples are not.
 */
export function checkMetrics(
  where: string,
  { loss, metrics }: { readonly loss: Loss; readonly metrics: readonly Metric[] },
  labels: Samples['labels'] | 'regression',
): void {
  const metric = metrics.find(({ counts }) => counts === 'answers')
  if (metric === undefined || loss.labels !== 'numbers') return
  const stranger =
    labels === 'regression'
      ? undefined
      : labels?.find((label: number) => label !== 0 && label !== 1)
  if (labels !== 'regression' && stranger === undefined) return
  throw new ConfigError({
    where: `${where}: metric ${metric.name}`,
    expected: `it counts right answers, and with ${loss.name} labels are numbers to come near to`,
    given: stranger,
    hint: 'Numbers go with mean-absolute-error or root-mean-squared-error.',
  })
}
