import type {
  Encodings,
  ImageEncoding,
  InputEncoding,
  NumberColumn,
  TableEncoding,
} from '@ashlar/core'
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

/** How raw data becomes samples: of a model's one input, or of inputs by name. */
export type RawInputs = Pick<Encodings, 'input' | 'inputs'>

/**
 * The same model on raw data: the bytes of pictures, uint8, or the numbers of a table as they stand in it, NaN where a cell is missing. What became of them before training
 * saw them is part of the model. Of several inputs, those that are marked `inGraph`.
 *
 * @throws ConfigError for one encoding and several inputs, and for tables with columns of names, which are no numbers.
 */
export function withPreprocessing(source: ExportSource, raw: RawInputs): ExportSource {
  const made = new Map(
    Object.entries(encodingsOf(Object.keys(source.inputs), raw)).map(
      ([name, encoding]) => [name, preprocessing(encoding)] as const,
    ),
  )
  const inputs = Object.entries(source.inputs).map(([name, spec]): [string, InputSpec] => {
    const own = made.get(name)
    if (own === undefined) return [name, spec]
    const { width, ...rest } = own.input
    const shape = width === undefined ? spec.shape : [...spec.shape.slice(0, -1), width]
    return [name, { ...rest, shape }]
  })
  return {
    ...source,
    inputs: Object.fromEntries(inputs),
    run: (tensors) =>
      source.run(
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [
            name,
            made.get(name)?.toSample(tensor) ?? tensor,
          ]),
        ),
      ),
    sampleInputs: source.sampleInputs ?? source.inputs,
    fromSample: (sample, name) => made.get(name)?.toRaw(sample) ?? sample,
  }
}

function encodingsOf(
  names: readonly string[],
  { input, inputs = {} }: RawInputs,
): Readonly<Record<string, InputEncoding>> {
  const [only, ...more] = names
  if (input !== undefined) {
    if (only !== undefined && more.length === 0) return { [only]: input }
    throw new ConfigError({
      where: 'export.preprocess',
      expected: 'how samples are made must be known by input, where there are several',
      given: names,
      hint: `metadata: encodingMetadata({ inputs: { ${only}: ... } })`,
    })
  }
  return Object.fromEntries(
    Object.entries(inputs).filter(([name, { inGraph }]) => inGraph && names.includes(name)),
  )
}

/**
 * The same encodings as a file has them that makes samples itself: of several inputs, tables with columns of names stay as they are.
 *
 * @throws ConfigError where nothing is known of any input that the file could do itself.
 */
export function inGraph({ input, inputs = {} }: RawInputs): RawInputs {
  if (input !== undefined) return { input: { ...input, inGraph: true } }
  const isOfNumbers = (each: InputEncoding) =>
    each.kind === 'image' || each.columns.every(({ kind }) => kind === 'number')
  const marked = Object.entries(inputs).map(([name, each]): [string, InputEncoding] => [
    name,
    isOfNumbers(each) ? { ...each, inGraph: true } : each,
  ])
  if (marked.some(([, each]) => each.inGraph)) return { inputs: Object.fromEntries(marked) }
  throw new ConfigError({
    where: 'export.preprocess',
    expected:
      marked.length > 0
        ? 'an input must be one of pictures or of columns of numbers, as a graph of numbers takes no names'
        : 'it must be known how samples were made of pictures or tables',
    given: marked.length > 0 ? Object.keys(inputs) : undefined,
    hint:
      marked.length > 0
        ? 'Leave `preprocess` out: the file then says how inputs are encoded, and predict, serve and client do so.'
        : 'Datasets of pictures and tables say so, and experiments pass it on; from code, give `metadata: encodingMetadata({ input })`, or `{ inputs }` by name.',
  })
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
