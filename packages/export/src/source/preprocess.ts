import type { Encodings, InputEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { scope } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { TensorData } from '../tensors.ts'
import { isGrey, noGrey } from './check-colors.ts'
import { PREPROCESS } from './own-scopes.ts'
import { ofPictures } from './raw/pictures.ts'
import type { Preprocessing } from './raw/preprocessing.ts'
import { ofTables } from './raw/tables.ts'
import type { ExportSource, InputSpec } from './source.ts'

/** How raw data becomes samples: of a model's one input, or of inputs by name. */
export type RawInputs = Pick<Encodings, 'input' | 'inputs'>

/**
 * The same model on raw data: the bytes of pictures, uint8, or the cells of a table, numbers as they stand there, NaN where one is missing, and names as their indices. What became of them before training
 * saw them is part of the model. Of several inputs, those that are marked `inGraph`.
 *
 * @throws ConfigError for one encoding and several inputs.
 */
export function withPreprocessing(source: ExportSource, raw: RawInputs): ExportSource {
  const made = new Map(
    Object.entries(encodingsOf(Object.keys(source.inputs), raw)).map(
      ([name, encoding]) => [name, preprocessing(encoding)] as const,
    ),
  )
  const inputs = Object.entries(source.inputs).map(([name, spec]): [string, InputSpec] => {
    return [name, made.get(name)?.taken(spec.shape) ?? spec]
  })
  // While weights are moved, samples are as well: they are computed, and rounded, as outputs are.
  let moved: Move | undefined
  const sampleOf = (name: string, raw: tf.Tensor): tf.Tensor => {
    const sample = scope(PREPROCESS, () => made.get(name)?.toSample(raw)) ?? raw
    return moved === undefined || sample === raw ? sample : movedSample(sample, name, moved)
  }
  return {
    ...source,
    inputs: Object.fromEntries(inputs),
    run: (tensors) =>
      source.run(
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [name, sampleOf(name, tensor)]),
        ),
      ),
    moveWeights(move) {
      const restore = source.moveWeights?.(move)
      moved = move
      return () => {
        moved = undefined
        restore?.()
      }
    },
    sampleInputs: source.sampleInputs ?? source.inputs,
    fromSample: (sample, name) => made.get(name)?.toRaw(sample) ?? sample,
  }
}

type Move = Parameters<NonNullable<ExportSource['moveWeights']>>[0]

/** Whole numbers are exact: those of categories and indices. */
function movedSample(sample: tf.Tensor, name: string, move: Move): tf.Tensor {
  const given = sample.dataSync() as Float32Array
  const all = move(`${PREPROCESS}.${name}`, given)
  const data = given.map((value, at) => (Number.isInteger(value) ? value : all[at]!))
  return tf.tensor(data, sample.shape)
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
 * The same encodings as a file has them that makes samples itself: of several inputs, tables of nothing but indices stay as they are.
 *
 * @param what whether it brings pictures to their size as well.
 * @param colors whether it takes colours for pictures that are grey.
 * @throws ConfigError where nothing is known of any input that the file could do itself.
 */
export function inGraph(
  { input, inputs = {} }: RawInputs,
  what: true | 'resize',
  colors: boolean = false,
): RawInputs {
  const given: Readonly<Record<string, InputEncoding>> = input === undefined ? inputs : { input }
  const marked = Object.entries(given).map(([name, each]): [string, InputEncoding] => [
    name,
    markedAs(each, what, colors),
  ])
  if (what === 'resize' && marked.every(([, { kind }]) => kind !== 'image')) {
    throw new ConfigError({
      where: 'export.preprocess',
      expected: '`resize` must have pictures to bring to a size',
      given: marked.length > 0 ? marked.map(([name]) => name) : undefined,
      hint: 'For tables it is `preprocess: true`. Datasets of pictures say so of their inputs; from code, give `metadata: encodingMetadata({ input })`, or `{ inputs }` by name.',
    })
  }
  if (marked.some(([, each]) => each.inGraph)) {
    if (colors && !marked.some(([, each]) => isGrey(each))) throw noGrey(given)
    const all = Object.fromEntries(marked)
    return input === undefined ? { inputs: all } : { input: all.input }
  }
  throw new ConfigError({
    where: 'export.preprocess',
    expected:
      marked.length > 0
        ? 'an input must be one of pictures, or have columns of numbers or categories; columns of indices are what a graph takes as they are'
        : 'it must be known how samples were made of pictures or tables',
    given:
      marked.length > 0
        ? marked.flatMap(([, each]) =>
            each.kind === 'table' ? each.columns.map(({ name }) => name) : [],
          )
        : undefined,
    hint:
      marked.length > 0
        ? 'Leave `preprocess` out: the file then says which index each name has, and predict, serve and client go by it.'
        : 'Datasets of pictures and tables say so, and experiments pass it on; from code, give `metadata: encodingMetadata({ input })`, or `{ inputs }` by name.',
  })
}

function markedAs(encoding: InputEncoding, what: true | 'resize', colors: boolean): InputEncoding {
  if (encoding.kind === 'image') {
    return { ...encoding, inGraph: what, ...(colors && isGrey(encoding) && { colors: true }) }
  }
  // Of indices nothing is left for a graph to do.
  const isDone = encoding.columns.every(({ kind }) => kind === 'index')
  return isDone ? encoding : { ...encoding, inGraph: true }
}

/** Samples of a dataset as a file takes them that makes samples itself. */
export function rawOf(encoding: InputEncoding, sample: TensorData): TensorData {
  return preprocessing(encoding).toRaw(sample)
}

function preprocessing(encoding: InputEncoding): Preprocessing {
  return encoding.kind === 'image' ? ofPictures(encoding) : ofTables(encoding)
}
