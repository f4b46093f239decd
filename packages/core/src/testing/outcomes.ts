import type { CaptureInput, TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OutcomeExample } from './examples.ts'
import { normalNumbers, probabilityRows } from './numbers.ts'

/** Classes in made-up outcomes; more than the 5 of top-k's default. */
const CLASSES = 7

/** Steps of an output in an order, and places of its label. */
const STEPS = 6
const PLACES = 2

/** Labels and outputs of some samples as arrays, made up but always the same. */
export interface MadeOutcome {
  readonly labels: TypedArray
  readonly predictions: Float32Array
  readonly specs: Readonly<Record<'labels' | 'predictions', CaptureInput>>
}

/** Makes labels and outputs up as an example describes them. */
export function makeOutcome(
  { labels: kind, outputs = kind === 'targets' ? 'numbers' : 'probabilities' }: OutcomeExample,
  batch: number,
): MadeOutcome {
  const isSequence = kind === 'sequence'
  const shape = isSequence ? [batch, STEPS, CLASSES] : [batch, CLASSES]
  const rows = isSequence ? batch * STEPS : batch
  const made =
    outputs === 'numbers'
      ? normalNumbers(rows * CLASSES, 'outputs')
      : probabilityRows(rows, CLASSES, 'outputs')
  const indices = Int32Array.from({ length: batch }, (_, row) => (row * 3) % CLASSES)
  const labels = {
    indices: () => indices,
    'one-hot': () =>
      Float32Array.from({ length: batch * CLASSES }, (_, i) =>
        i % CLASSES === indices[Math.floor(i / CLASSES)] ? 1 : 0,
      ),
    sequence: () =>
      Int32Array.from({ length: batch * PLACES }, (_, at) => 1 + ((at * 5) % (CLASSES - 1))),
    targets: () => normalNumbers(batch * CLASSES, 'targets'),
  }[kind]()
  return {
    labels,
    predictions: made,
    specs: {
      labels: labelSpec(kind, batch, shape),
      predictions: { shape, dtype: 'float32' },
    },
  }
}

function labelSpec(
  kind: OutcomeExample['labels'],
  batch: number,
  shape: readonly number[],
): CaptureInput {
  if (kind === 'indices') return { shape: [batch], dtype: 'int32' }
  return kind === 'sequence'
    ? { shape: [batch, PLACES], dtype: 'int32' }
    : { shape, dtype: 'float32' }
}

/** Rows `from` to `to` of an outcome. */
export function rowsOf(made: MadeOutcome, from: number, to: number): MadeOutcome {
  const rows = (data: TypedArray, { shape }: CaptureInput) => {
    const width = data.length / shape[0]!
    return data.slice(from * width, to * width)
  }
  const spec = (given: CaptureInput): CaptureInput => ({
    ...given,
    shape: [to - from, ...given.shape.slice(1)],
  })
  return {
    labels: rows(made.labels, made.specs.labels),
    predictions: rows(made.predictions, made.specs.predictions) as Float32Array,
    specs: { labels: spec(made.specs.labels), predictions: spec(made.specs.predictions) },
  }
}

/** As tensors, which the caller disposes of. */
export function outcomeTensors({ labels, predictions, specs }: MadeOutcome): {
  labels: tf.Tensor
  predictions: tf.Tensor
} {
  return {
    labels: tf.tensor(labels as Float32Array, [...specs.labels.shape], specs.labels.dtype),
    predictions: tf.tensor(predictions, [...specs.predictions.shape]),
  }
}
