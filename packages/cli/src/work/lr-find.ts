import type { Callback, Schedule } from '@ashlar/core'
import { ConfigError, TrainingError } from '@ashlar/errors'
import { lossesOf } from '@ashlar/experiment'
import { formatMetric } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { formatTable } from '../terminal/table.ts'
import { onlyOptimizer } from './only-optimizer.ts'
import type { TargetOptions } from './target.ts'
import { withTrial } from './trial.ts'

/** Which learning rates are tried. */
export interface LrFindRequest {
  readonly min: number
  readonly max: number
  readonly steps: number
  /** What the user types to start the program. */
  readonly program: string
}

/** How much of the mean before stays in the smoothed loss, as in fastai and Lightning. */
const KEPT = 0.9
/** Training ends where the loss is so many times its best. */
const WORSE = 4
/** Rows that are shown. */
const ROWS = 12

interface Point {
  readonly learningRate: number
  readonly loss: number
}

/** What the losses say. */
export interface Suggestion {
  /** Where the loss falls fastest, over the logarithm of the learning rate. */
  readonly suggested: number
  /** The lowest loss, divided by ten: the other rule of thumb. */
  readonly tenthOfBest: number
}

/**
 * Tries learning rates that rise from step to step (Smith 2015, arXiv:1506.01186), and suggests the one at which the loss falls fastest. Weights are the
 * experiment's initial ones, and none are kept.
 *
 * @throws ConfigError for rates that do not rise. TrainingError when the loss falls nowhere.
 */
export async function findLearningRate(
  target: string,
  options: TargetOptions,
  { min, max, steps, program }: LrFindRequest,
  output: Output,
): Promise<void> {
  if (!(min > 0 && max > min)) {
    throw new ConfigError({
      where: 'ashlar lr-find',
      expected: '--min must be above 0, and --max above it',
      given: { min, max },
    })
  }
  await withTrial(target, options, async ({ experiment, parts, samples }) => {
    const { model, heads, engine } = parts
    const optimizer = onlyOptimizer(parts, 'lr-find')
    const rising: Schedule = {
      name: 'rising',
      at: (step) => min * (max / min) ** (step / Math.max(1, steps - 1)),
    }
    const bare = lossesOf(heads.map((head) => ({ ...head, metrics: [] })))
    model.compile({ optimizer: { ...optimizer, learningRate: rising }, ...bare })
    const { batchSize, seed, classWeights } = experiment
    const points: Point[] = []
    let best = Number.POSITIVE_INFINITY
    let mean = 0
    const gather: Callback = {
      name: 'lr-find',
      onBatchEnd({ loss: now, learningRate }, run) {
        mean = KEPT * mean + (1 - KEPT) * now
        const smoothed = mean / (1 - KEPT ** (points.length + 1))
        if (!Number.isFinite(smoothed)) return run.stop('the loss is no number any more')
        points.push({ learningRate, loss: smoothed })
        best = Math.min(best, smoothed)
        if (points.length > 10 && smoothed > WORSE * best) run.stop('the loss grows')
        if (points.length >= steps) run.stop('all rates are tried')
      },
    }
    const perEpoch = Math.ceil(samples.train.length / batchSize)
    await model
      .fit(samples.train, {
        ...{ epochs: Math.ceil(steps / perEpoch), batchSize, seed, engine, classWeights },
        augmentations: parts.augmentations,
        callbacks: [gather],
      })
      // A rate that is too large may end in weights that are no numbers: that is what is looked for.
      .catch((error) => {
        if (!(error instanceof TrainingError) || points.length < 5) throw error
      })
    const found = suggest(points)
    show(points, found, output)
    output.line()
    output.line(`suggested  ${formatMetric(found.suggested)} (the loss falls fastest)`)
    output.line(`           ${formatMetric(found.tenthOfBest)} (a tenth of where it is lowest)`)
    output.line()
    output.line('Next:')
    output.line(
      `  ${program} run ${target} optimizer.learningRate=${formatMetric(found.suggested)}`,
    )
    output.result({ ...found, points })
  })
}

/**
 * What losses over rising learning rates say.
 *
 * @throws TrainingError where the loss falls nowhere.
 */
export function suggest(points: readonly Point[]): Suggestion {
  const lowest = points.reduce((at, { loss }, index) => (loss < points[at]!.loss ? index : at), 0)
  // Behind the lowest one the loss only grows; before the first few the mean is not settled.
  const first = Math.min(5, Math.floor(points.length / 10))
  let steepest: { readonly at: number; readonly slope: number } | undefined
  for (let at = first + 1; at < lowest; at++) {
    const [before, after] = [points[at - 1]!, points[at + 1]!]
    const slope = (after.loss - before.loss) / Math.log(after.learningRate / before.learningRate)
    if (slope < (steepest?.slope ?? 0)) steepest = { at, slope }
  }
  if (steepest === undefined) {
    throw new TrainingError({
      where: 'lr-find',
      expected: 'the loss must fall at some learning rate',
      given: points.at(0)?.loss,
      hint: 'Try a smaller --min, more --steps, or see whether the model learns at all: ashlar overfit.',
    })
  }
  return {
    suggested: rounded(points[steepest.at]!.learningRate),
    tenthOfBest: rounded(points[lowest]!.learningRate / 10),
  }
}

/** More digits than two are no more right. */
function rounded(value: number): number {
  return Number(value.toPrecision(2))
}

function show(points: readonly Point[], { suggested }: Suggestion, output: Output): void {
  const losses = points.map(({ loss }) => loss)
  const low = Math.min(...losses)
  // What grows beyond would flatten the rest.
  const high = Math.min(Math.max(...losses), 2 * losses[0]!)
  const every = Math.max(1, Math.ceil(points.length / ROWS))
  const rows = points
    .filter((_, at) => at % every === 0 || at === points.length - 1)
    .map(({ learningRate, loss }) => [
      formatMetric(learningRate),
      formatMetric(loss),
      Math.abs(Math.log(learningRate / suggested)) < 0.2 ? '<' : '',
    ])
  for (const line of formatTable(['learning rate', 'loss', ''], rows)) output.line(line)
  output.line()
  output.line(`loss       ${sparkline(losses, { low, high, width: 50 })}`)
}
