import {
  type ArraySamples,
  type Augmentation,
  areNamed,
  augmentedSamples,
  fieldsOf,
  inMemory,
  type LabelData,
  type Named,
  type NamedField,
  type Predictions,
  readSamples,
  type SampleData,
  type Samples,
} from '@ashlar/core'
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
export async function showData(
  { train, validation, test }: ShownSplits,
  classes: readonly string[],
  {
    augmentations,
    seed,
  }: { readonly augmentations: readonly Augmentation[]; readonly seed: number },
): Promise<ShownSamples> {
  const splits = { training: train, ...(validation && { validation }), test }
  return {
    shape: shownShape(train.info.inputShape),
    classes,
    balance: Object.entries(splits).flatMap(([name, split]) => balanceOf(name, split)),
    augmented:
      augmentations.length === 0 || !isPicture(train)
        ? []
        : await augmented(train, classes, augmentations, seed),
  }
}

/** What a model made of a split. */
export interface Judged {
  readonly predictions: Predictions
  /** Undefined where they cannot be read all together. */
  readonly labels: Named<LabelData> | undefined
}

/** The same once it was tested, with the samples that the model takes for something else. */
export async function showMistakes(
  shown: ShownSamples,
  test: Samples,
  { predictions, labels }: Judged,
): Promise<ShownSamples> {
  const { classes } = shown
  // Of a model that answers with several things, or for each pixel, nobody knows which one a mistake is.
  if (classes.length === 0 || !isPlain(test) || test.info.multiLabel) return shown
  if (labels === undefined || areNamed(labels) || labels.length !== test.length) return shown
  const found = worstMistakes(labels, predictions, MOST.mistakes)
  const rows = await rowsOf(
    test,
    found.map(({ index }) => index),
  )
  const mistakes = found.map(
    ({ index, prediction, confidence }, place): ShownMistake => ({
      index,
      label: nameOf(classes, labels[index]!),
      prediction: nameOf(classes, prediction),
      confidence,
      pixels: pixelsOf(rows[place]!, test.info.inputShape, rangeOf(test)),
    }),
  )
  return { ...shown, mistakes }
}

/** Samples of each class, at each output that has classes; labels that are not in memory are not read for it. */
function balanceOf(split: string, samples: Samples): ShownSamples['balance'] {
  const { labels } = samples
  if (labels === undefined) return []
  return fieldsOf(samples.info).outputs.flatMap((field) => {
    const { name, classes = [] } = field
    const own = areNamed(labels) ? labels[name!] : labels
    if (classes.length === 0 || own === undefined) return []
    const counts = countsOf(own, field, samples.length)
    if (counts === undefined) return []
    return [
      name === undefined ? { name: split, counts } : { name: `${split}, ${name}`, counts, classes },
    ]
  })
}

/** Undefined for labels that are no class, and no yes or no to each of them. */
function countsOf(
  labels: LabelData,
  { classes = [], multiLabel }: NamedField,
  samples: number,
): number[] | undefined {
  const counts = new Array<number>(classes.length).fill(0)
  if (multiLabel) {
    for (let i = 0; i < labels.length; i++) if (labels[i]! > 0.5) counts[i % counts.length]!++
    return counts
  }
  if (labels.length !== samples) return undefined
  for (let i = 0; i < labels.length; i++) if (labels[i]! in counts) counts[labels[i]!]!++
  return counts
}

async function augmented(
  train: Samples,
  classes: readonly string[],
  augmentations: readonly Augmentation[],
  seed: number,
): Promise<ShownSample[]> {
  const count = Math.min(MOST.augmented, train.length)
  const read = await readSamples(
    train,
    Array.from({ length: count }, (_, i) => i),
  )
  const samples: ArraySamples = inMemory(read)
  const { info, labels } = samples
  const { inputs, mixed } = augmentedSamples(samples, augmentations, { seed })
  const [size, width] = [inputs.length / count, labels.length / count]
  const range = info.inputDtype === 'uint8' ? ([0, 1] as const) : rangeOf(train)
  const name = (all: ArrayLike<number>, i: number) => labelOf(all, i, width, samples, classes)
  return Array.from({ length: count }, (_, i): ShownSample => {
    const share = mixed?.share[i] ?? 0
    const [first, second] = [name(labels, i), mixed === undefined ? '' : name(mixed.labels, i)]
    const isMixed = share > 0.005 && second !== first
    return {
      label: isMixed ? `${first}, ${Math.round(100 * share)} % ${second}` : first,
      pixels: pixelsOf(inputs.subarray(i * size, (i + 1) * size), info.inputShape, range),
    }
  })
}

/** What a sample is, in words: nothing where that is a picture itself. */
function labelOf(
  labels: ArrayLike<number>,
  sample: number,
  width: number,
  { info }: Samples,
  classes: readonly string[],
): string {
  const own = Array.from({ length: width }, (_, i) => labels[sample * width + i]!)
  if (info.multiLabel) return classes.filter((_, i) => own[i]! > 0.5).join(', ') || 'none'
  return width > MOST_NUMBERS ? '' : own.map((label) => nameOf(classes, label)).join(', ')
}

/** Numbers that a label is written out with. */
const MOST_NUMBERS = 4

function nameOf(classes: readonly string[], label: number): string {
  return classes[label] ?? String(Number(label.toPrecision(4)))
}

/** Chosen samples, one after the other. */
async function rowsOf(samples: Samples, rows: readonly number[]): Promise<SampleData[]> {
  if (rows.length === 0) return []
  const { inputs } = inMemory(await readSamples(samples, rows))
  const size = inputs.length / rows.length
  return rows.map((_, place) => inputs.subarray(place * size, (place + 1) * size))
}

/** One input and one label without names. */
function isPlain({ info }: Samples): boolean {
  return info.inputs === undefined && info.outputs === undefined
}

function isPicture(samples: Samples): boolean {
  return isPlain(samples) && shownShape(samples.info.inputShape) !== undefined
}

/** The numbers that are black and white; undefined where each picture has its own. */
function rangeOf({ info }: Samples): readonly [low: number, high: number] | undefined {
  const [low, high] = info.inputRange
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined
}

/** What pictures are made smaller to; undefined for samples that are none. */
function shownShape(inputShape: readonly number[]): ShownSamples['shape'] {
  const [height, width, channels, ...more] = inputShape
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
  values: SampleData,
  inputShape: readonly number[],
  range: readonly [low: number, high: number] | undefined,
): Uint8Array | undefined {
  const shape = shownShape(inputShape)
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
