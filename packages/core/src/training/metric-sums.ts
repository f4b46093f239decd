import * as tf from '@tensorflow/tfjs'
import type { EngineSession } from '../engines/engine.ts'
import type { Outcome } from '../losses/loss.ts'
import { type AccumulatorShapes, accumulatorsOf, type Metric } from '../metrics/metric.ts'
import { numberName, type OutputHead } from './compile.ts'
import type { Metrics } from './history.ts'

/** What a model made of a batch at one of its outputs, and how it was judged. */
export interface HeadLoss {
  readonly head: OutputHead
  /** As the model gave it. */
  readonly whole: Outcome
  /** Its samples, or its places where not all of them count. */
  parts(): { readonly outcome: Outcome }
  /** The loss of each sample at this output, `[batch]`. */
  readonly perSample: tf.Tensor
}

/** What the loss of a head looks at: whole samples, or places where not all of them count. */
export function judgedBy({ head, whole, parts }: HeadLoss): Outcome {
  return head.loss.whole ? whole : parts().outcome
}

/** What the forward pass of a batch gives to accumulate. */
export interface ForwardResult {
  readonly outcomes: readonly HeadLoss[]
  /** The loss of each sample over all outputs, `[batch]`. */
  readonly perSample: tf.Tensor
  /** Penalties of regularizers, a scalar. */
  readonly penalty: tf.Tensor | undefined
}

/** Sums that a program keeps over batches, from which loss and metrics are computed. */
export interface Accumulators {
  /** By unique name. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /**
   * Adds a batch; part of a step.
   *
   * @param keep float32 scalar: 0 forgets what was before (first batch of an epoch), 1 keeps it.
   */
  add(result: ForwardResult, keep: tf.Tensor): void
  /** Loss and metrics from the sums in the care of an engine. */
  read(session: EngineSession): Metrics
  dispose(): void
}

/**
 * @param prefix keeps the variables of several programs apart.
 * @param outputShape gives the shape of one of the model's outputs for one sample; asked for metrics that sum up by output.
 */
export function createAccumulators(
  prefix: string,
  heads: readonly OutputHead[],
  outputShape: (output: string | undefined) => readonly number[],
): Accumulators {
  const losses = heads.flatMap(({ name }) =>
    name === undefined ? [] : [{ ...lossMean, name: numberName(name, 'loss') }],
  )
  const metrics = heads.flatMap(({ name, metrics }) =>
    metrics.map((metric) => ({ metric, output: name })),
  )
  const all: readonly Sums[] = [
    ...[lossMean, ...losses].map((each) => ({
      ...each,
      shapes: each.accumulators as AccumulatorShapes,
    })),
    ...metrics.map(({ metric, output }) => ({
      name: numberName(output, metric.name),
      shapes: accumulatorsOf(metric, () => outputShape(output)),
      result: (sums: Parameters<Metric['result']>[0]) => metric.result(sums),
    })),
  ]
  const sumsOf = new Map(all.map(({ name, shapes }) => [name, Object.keys(shapes)]))
  const variables: Record<string, tf.Variable> = {}
  for (const { name, shapes } of all) {
    for (const [sum, shape] of Object.entries(shapes)) {
      variables[`${prefix}/${name}/${sum}`] = tf.tidy(() =>
        tf.variable(tf.zeros([...shape]), false),
      )
    }
  }
  const before = (name: string, sums: readonly string[], keep: tf.Tensor) =>
    Object.fromEntries(
      sums.map((sum) => [sum, keptOf(variables[`${prefix}/${name}/${sum}`]!, keep)]),
    )
  const accumulate = (
    name: string,
    parts: Readonly<Record<string, tf.Tensor>>,
    keep: tf.Tensor,
    known = before(name, Object.keys(parts), keep),
  ) => {
    for (const [sum, part] of Object.entries(parts)) {
      variables[`${prefix}/${name}/${sum}`]!.assign(tf.add(known[sum]!, part))
    }
  }
  return {
    variables,
    add({ outcomes, perSample, penalty }, keep) {
      const count = tf.scalar(perSample.size)
      const total = tf.sum(perSample)
      const sum = penalty === undefined ? total : tf.add(total, tf.mul(penalty, count))
      accumulate('loss', { sum, count }, keep)
      for (const { head, whole, parts, perSample: own } of outcomes) {
        const { name, metrics } = head
        if (name !== undefined) {
          accumulate(
            numberName(name, 'loss'),
            { sum: tf.sum(own), count: tf.scalar(own.size) },
            keep,
          )
        }
        for (const metric of metrics) {
          const own = numberName(name, metric.name)
          const known = before(own, sumsOf.get(own)!, keep)
          const outcome = metric.whole ? whole : parts().outcome
          accumulate(own, metric.add(outcome, known), keep, known)
        }
      }
    },
    read(session) {
      const results = all.map(({ name, shapes, result }) => {
        const sums = Object.keys(shapes).map((sum) => [
          sum,
          session.read(`${prefix}/${name}/${sum}`),
        ])
        return [name, result(Object.fromEntries(sums))]
      })
      return Object.fromEntries(results)
    },
    dispose: () => tf.dispose(variables),
  }
}

/** What belongs to the loss or a metric. */
interface Sums extends Pick<Metric, 'name' | 'result'> {
  readonly shapes: AccumulatorShapes
}

/**
 * A sum, or zero where it is to be forgotten; not a product, as 0 times Infinity is NaN for ever.
 *
 * @param keep 0 or 1.
 */
export function keptOf(sum: tf.Tensor, keep: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(keep, 0), sum, tf.zerosLike(sum))
}

/** Penalties of regularizers included, as in Keras. */
const lossMean: Pick<Metric, 'name' | 'accumulators' | 'result'> = {
  name: 'loss',
  accumulators: { sum: [], count: [] },
  result: ({ sum, count }) => sum![0]! / count![0]!,
}
