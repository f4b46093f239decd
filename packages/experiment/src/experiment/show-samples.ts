import { type Augmentation, augmentedSamples, type Predictions, type Samples } from '@ashlar/core'
import type { EvaluationReport } from '../evaluation/report.ts'
import { worstMistakes } from '../evaluation/worst-mistakes.ts'
import {
  LARGEST_SHOWN,
  type ShownMistake,
  type ShownSample,
  type ShownSamples,
} from '../runs/shown-samples.ts'

/** Samples of each sort that are kept. */
const MOST = { augmented: 16, mistakes: 24 }

/** The splits that a run is trained and tested with. */
export interface ShownSplits {
  readonly train: Samples
  readonly validation?: Samples | undefined
  readonly test: Samples
}

/**
 * What is shown of a run's data before its first step: how many samples each class has, and the first ones as augmentations change them. Draws nothing
 * of the run's own randomness: what augmentations draw depends on seed and step alone.
 */
export function showData(
  { train, validation, test }: ShownSplits,
  classes: readonly string[],
  {
    augmentations,
    seed,
  }: { readonly augmentations: readonly Augmentation[]; readonly seed: number },
): ShownSamples {
  const splits = { training: train, ...(validation && { validation }), test }
  return {
    shape: shownShape(train),
    classes,
    balance:
      classes.length === 0
        ? []
        : Object.entries(splits).map(([name, { labels }]) => ({
            name,
            counts: countsOf(labels, classes.length),
          })),
    augmented: augmentations.length === 0 ? [] : augmented(train, classes, augmentations, seed),
  }
}

/** The same once it was tested, with the samples that the model takes for something else. */
export function showMistakes(
  shown: ShownSamples,
  test: Samples,
  predictions: Predictions,
  evaluation: EvaluationReport | undefined,
): ShownSamples {
  if (evaluation?.task !== 'classification') return shown
  const { classes } = shown
  const mistakes = worstMistakes(test, predictions, MOST.mistakes).map(
    ({ index, prediction, confidence }): ShownMistake => ({
      index,
      label: nameOf(classes, test.labels[index]!),
      prediction: nameOf(classes, prediction),
      confidence,
      pixels: pixelsOf(rowOf(test, index), test.info.inputShape, rangeOf(test)),
    }),
  )
  return { ...shown, mistakes }
}

function countsOf(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (let i = 0; i < labels.length; i++) if (labels[i]! in counts) counts[labels[i]!]!++
  return counts
}

function augmented(
  train: Samples,
  classes: readonly string[],
  augmentations: readonly Augmentation[],
  seed: number,
): ShownSample[] {
  if (shownShape(train) === undefined) return []
  const count = Math.min(MOST.augmented, train.length)
  const { inputs, mixed } = augmentedSamples(train, augmentations, { seed, count })
  const [size, width] = [inputs.length / count, train.labels.length / train.length]
  const range = train.info.inputDtype === 'uint8' ? ([0, 1] as const) : rangeOf(train)
  return Array.from({ length: count }, (_, i): ShownSample => {
    const name = nameOf(classes, train.labels[i * width]!)
    const share = mixed?.share[i] ?? 0
    const second = mixed === undefined ? name : nameOf(classes, mixed.labels[i * width]!)
    return {
      label:
        share > 0.005 && second !== name ? `${name}, ${Math.round(100 * share)} % ${second}` : name,
      pixels: pixelsOf(inputs.subarray(i * size, (i + 1) * size), train.info.inputShape, range),
    }
  })
}

function nameOf(classes: readonly string[], label: number): string {
  return classes[label] ?? String(Number(label.toPrecision(4)))
}

function rowOf({ inputs, length }: Samples, index: number): Uint8Array | Float32Array {
  const size = inputs.length / length
  return inputs.subarray(index * size, (index + 1) * size)
}

/** The numbers that are black and white; undefined where each picture has its own. */
function rangeOf({ info }: Samples): readonly [low: number, high: number] | undefined {
  const [low, high] = info.inputRange
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined
}

/** What pictures are made smaller to; undefined for samples that are none. */
function shownShape({ info }: Samples): ShownSamples['shape'] {
  const [height, width, channels, ...more] = info.inputShape
  if (more.length > 0 || (channels !== 1 && channels !== 3)) return undefined
  const scale = Math.min(1, LARGEST_SHOWN / Math.max(height!, width!))
  const small = (side: number) => Math.max(1, Math.round(side * scale))
  return [small(height!), small(width!), channels]
}

function endOf(values: ArrayLike<number>, choose: (a: number, b: number) => number): number {
  let end = values[0] ?? 0
  for (let i = 1; i < values.length; i++) end = choose(end, values[i]!)
  return end
}

/** A picture as bytes of the shown size, each the mean of the area that it covers. */
function pixelsOf(
  values: Uint8Array | Float32Array,
  inputShape: readonly number[],
  range: readonly [low: number, high: number] | undefined,
): Uint8Array | undefined {
  const shape = shownShape({ info: { inputShape } } as Samples)
  if (shape === undefined) return undefined
  const [height, width, channels] = shape
  const [fullHeight, fullWidth] = inputShape as [number, number]
  const [low, high] = range ?? [endOf(values, Math.min), endOf(values, Math.max)]
  const scale = high > low ? 255 / (high - low) : 0
  const pixels = new Uint8ClampedArray(height * width * channels)
  const edges = (at: number, small: number, full: number): [number, number] => {
    const from = Math.floor((at * full) / small)
    return [from, Math.max(from + 1, Math.floor(((at + 1) * full) / small))]
  }
  for (let y = 0; y < height; y++) {
    const [top, bottom] = edges(y, height, fullHeight)
    for (let x = 0; x < width; x++) {
      const [left, right] = edges(x, width, fullWidth)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            sum += values[(row * fullWidth + column) * channels + c]!
          }
        }
        const mean = sum / ((bottom - top) * (right - left))
        pixels[(y * width + x) * channels + c] = (mean - low) * scale
      }
    }
  }
  return new Uint8Array(pixels)
}
