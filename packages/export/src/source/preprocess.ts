import type { ImageEncoding, InputEncoding, NumberColumn, TableEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { TensorData } from '../tensors.ts'
import type { ExportSource, InputSpec } from './source.ts'

/** Raw data and samples, each as the other. */
interface Preprocessing {
  /** What the file takes. */
  readonly input: Pick<InputSpec, 'dtype' | 'range'> & { readonly width?: number }
  /** In the graph. */
  toSample(raw: tf.Tensor): tf.Tensor
  /** The raw data that a sample was made of, `[batch, ...]` channels last. */
  toRaw(sample: TensorData): TensorData
}

/**
 * The same model on raw data: the bytes of pictures, uint8, or the numbers of a table as they stand in it, NaN where a cell is missing. What became of them before training
 * saw them is part of the model.
 *
 * @throws ConfigError for a model of several inputs, and for tables with columns of names, which are no numbers.
 */
export function withPreprocessing(source: ExportSource, encoding: InputEncoding): ExportSource {
  const [first, ...more] = Object.entries(source.inputs)
  if (first === undefined || more.length > 0) {
    throw new ConfigError({
      where: 'export.preprocess',
      expected: 'the model must have one input, as samples are',
      given: Object.keys(source.inputs),
    })
  }
  const [name, spec] = first
  const { input, toSample, toRaw } = preprocessing(encoding)
  const { width, ...rest } = input
  const shape = width === undefined ? spec.shape : [...spec.shape.slice(0, -1), width]
  return {
    ...source,
    inputs: { [name]: { ...rest, shape } },
    run: (tensors) => source.run({ [name]: toSample(tensors[name]!) }),
    sampleInputs: source.sampleInputs ?? source.inputs,
    fromSample: toRaw,
  }
}

/** Samples of a dataset as a file takes them that makes samples itself. */
export function rawOf(encoding: InputEncoding, sample: TensorData): TensorData {
  return preprocessing(encoding).toRaw(sample)
}

function preprocessing(encoding: InputEncoding): Preprocessing {
  return encoding.kind === 'image' ? ofPictures(encoding) : ofTables(encoding)
}

/** `(byte / 255 - mean) / std`. */
function ofPictures({ channels, mean, std }: ImageEncoding): Preprocessing {
  const means = Array.from({ length: channels }, (_, channel) => mean?.[channel] ?? 0)
  const stds = Array.from({ length: channels }, (_, channel) => std?.[channel] ?? 1)
  return {
    input: { dtype: 'uint8', range: [0, 255] },
    toSample(raw) {
      const shares = tf.div(raw, 255)
      const centred = means.some((each) => each !== 0) ? tf.sub(shares, means) : shares
      return stds.some((each) => each !== 1) ? tf.div(centred, stds) : centred
    },
    toRaw: ({ shape, data }) => ({
      shape,
      dtype: 'uint8',
      data: Uint8Array.from(data as Float32Array, (value, place) => {
        const channel = place % channels
        return Math.round((value * stds[channel]! + means[channel]!) * 255)
      }),
    }),
  }
}

/** What is missing filled, then `(number - mean) / std`, and behind it whether it was missing, where a column tells. */
function ofTables({ columns }: TableEncoding): Preprocessing {
  const numbers = columns.map((column) => {
    if (column.kind === 'number') return column
    throw new ConfigError({
      where: 'export.preprocess',
      expected: 'every column must be one of numbers, as a graph of numbers takes no names',
      given: column.name,
      hint: 'Leave `preprocess` out: the file then says how columns are encoded, and predict, serve and client do so.',
    })
  })
  const width = numbers.length
  const of = (key: 'fill' | 'mean' | 'std', otherwise: number) =>
    numbers.map((column) => column[key] ?? otherwise)
  const [fills, means, stds] = [of('fill', Number.NaN), of('mean', 0), of('std', 1)]
  const { places, order } = placesOf(numbers)
  return {
    input: { dtype: 'float32', width },
    toSample(raw) {
      const isMissing = tf.isNaN(raw)
      // A column that nothing stands for keeps its NaN: the answer is none either.
      const filled = tf.where(isMissing, tf.add(tf.zerosLike(raw), fills), raw)
      const scaled = tf.div(tf.sub(filled, means), stds)
      if (order.length === width) return scaled
      const all = tf.concat([scaled, tf.cast(isMissing, 'float32')], 1)
      return tf.gather(all, tf.tensor1d(order, 'int32'), 1)
    },
    toRaw({ shape, data }) {
      const rows = shape[0] ?? 0
      const raw = new Float32Array(rows * width)
      for (let at = 0; at < raw.length; at++) {
        const column = at % width
        const from = Math.floor(at / width) * order.length + places[column]!
        const isMissing = numbers[column]!.indicator === true && data[from + 1] === 1
        raw[at] = isMissing ? Number.NaN : Number(data[from]) * stds[column]! + means[column]!
      }
      return { shape: [rows, width], dtype: 'float32', data: raw }
    },
  }
}

/** Where the number of each column stands in a sample, and which of all numbers, those that say what is missing behind the others, stand there in turn. */
function placesOf(columns: readonly NumberColumn[]): {
  readonly places: readonly number[]
  readonly order: number[]
} {
  const order: number[] = []
  const places = columns.map(({ indicator }, column) => {
    const place = order.push(column) - 1
    if (indicator) order.push(columns.length + column)
    return place
  })
  return { places, order }
}
