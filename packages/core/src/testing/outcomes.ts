import type { CaptureInput, TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OutcomeExample } from './examples.ts'
import { normalNumbers, probabilityRows } from './numbers.ts'

/** Classes in made-up outcomes; more than the 5 of top-k's default. */
const CLASSES = 7

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
  const shape = [batch, CLASSES]
  const made =
    outputs === 'numbers'
      ? normalNumbers(batch * CLASSES, 'outputs')
      : probabilityRows(batch, CLASSES, 'outputs')
  const indices = Int32Array.from({ length: batch }, (_, row) => (row * 3) % CLASSES)
  const labels = {
    indices: () => indices,
    'one-hot': () =>
      Float32Array.from({ length: batch * CLASSES }, (_, i) =>
        i % CLASSES === indices[Math.floor(i / CLASSES)] ? 1 : 0,
      ),
    targets: () => normalNumbers(batch * CLASSES, 'targets'),
  }[kind]()
  return {
    labels,
    predictions: made,
    specs: {
      labels: kind === 'indices' ? { shape: [batch], dtype: 'int32' } : { shape, dtype: 'float32' },
      predictions: { shape, dtype: 'float32' },
    },
  }
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
