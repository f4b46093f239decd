import { type Callback, initialStatisticsLeft, readSamples } from '@ashlar/core'
import { lossesOf } from '@ashlar/experiment'
import { formatCount, formatMetric, formatMetrics } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { onlyOptimizer } from './only-optimizer.ts'
import type { TargetOptions } from './target.ts'
import { withTrial } from './trial.ts'

/** How a model is tried on little data. */
export interface OverfitRequest {
  /** Batches that it learns by heart. */
  readonly batches: number
  /** Updates at most. */
  readonly steps: number
}

/** What is left of the loss when a batch counts as learned. */
const LEARNED = 0.05

/**
 * Trains on one batch (or some) again and again: a model that does not learn it by heart has a fault, in its labels, its loss, its learning rate or
 * itself. Augmentations are left out, and nothing is kept.
 *
 * @returns whether it was learned: the loss fell to a twentieth, or every answer is right.
 */
export async function overfit(
  target: string,
  options: TargetOptions,
  { batches, steps }: OverfitRequest,
  output: Output,
): Promise<boolean> {
  return withTrial(target, options, async ({ experiment, parts, samples }) => {
    const { model, heads, engine } = parts
    const optimizer = onlyOptimizer(parts, 'overfit')
    const { batchSize, seed } = experiment
    const { train } = samples
    const count = Math.min(train.length, batches * batchSize)
    // From all over: tables may be sorted by class.
    const rows = Uint32Array.from({ length: count }, (_, at) =>
      Math.floor((at * train.length) / count),
    )
    const few = await readSamples(train, rows)
    // A schedule that falls with the run would decide how far it comes.
    const rate = optimizer.learningRate.at(Math.ceil(steps / 4), steps)
    const constant = { name: 'constant', at: () => rate }
    model.compile({ optimizer: { ...optimizer, learningRate: constant }, ...lossesOf(heads) })
    const perEpoch = Math.ceil(count / batchSize)
    const losses: number[] = []
    let last: Readonly<Record<string, number>> = {}
    const isRight = () =>
      Object.entries(last).some(([name, value]) => /accuracy/.test(name) && value === 1)
    const gather: Callback = {
      name: 'overfit',
      onBatchEnd({ loss: now }) {
        losses.push(now)
      },
      onEpochEnd({ metrics: found }, run) {
        last = found
        if (found.loss! < LEARNED * losses[0]! && (isRight() || !hasAccuracy(found)))
          run.stop('learned')
      },
    }
    output.line(
      `${experiment.name}: ${formatCount(count)} samples, at most ${formatCount(steps)} steps, learning rate ${formatMetric(rate)}`,
    )
    await model.fit(few, {
      ...{ epochs: Math.max(1, Math.ceil(steps / perEpoch)), batchSize, seed, engine },
      callbacks: [gather],
    })
    const first = losses[0]!
    const learned = last.loss! < LEARNED * first || isRight()
    const ends = { low: 0, high: Math.max(...losses.filter(Number.isFinite)), width: 50 }
    output.line(`loss       ${sparkline(losses, ends)}`)
    output.line(`from       ${formatMetric(first)}`)
    output.line(`to         ${formatMetrics(last)}, after ${formatCount(losses.length)} steps`)
    const tested = await model.evaluate(few, { engine })
    output.line(`as tested  ${formatMetrics(tested)}`)
    const layers = model.sublayers().map(({ layer }) => layer)
    const left = initialStatisticsLeft(layers, losses.length)
    if (left > LEARNED) {
      output.line(
        `           (batch norm's averages are still ${formatMetric(100 * left)} % what they began as: only the training figures count)`,
      )
    }
    output.line()
    output.line(
      learned
        ? 'learned: the model, the labels and the loss fit each other'
        : 'not learned: look at the labels of a few samples, at the learning rate (ashlar lr-find), and at dropout and weight decay; or give it more --steps',
    )
    output.result({ learned, samples: count, steps: losses.length, first, last, tested, losses })
    return learned
  })
}

function hasAccuracy(metrics: Readonly<Record<string, number>>): boolean {
  return Object.keys(metrics).some((name) => /accuracy/.test(name))
}
