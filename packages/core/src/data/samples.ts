import { DataError, ShapeError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { checkWholeNumbers, notNumbers } from './check-numbers.ts'
import type {
  Dataset,
  DatasetInfo,
  DatasetSplits,
  LeftOut,
  LoadDataOptions,
  Split,
} from './dataset.ts'
import { type InputEncoding, imageEncodingOf } from './encoding.ts'
import { scalingOf } from './normalize.ts'
import type { ChannelScaling } from './scaling.ts'

/** What must be known of samples to feed them to a model. */
export interface SampleInfo
  extends Pick<DatasetInfo, 'inputShape' | 'labelShape' | 'inputDtype' | 'inputRange'> {
  /** What the channels of pictures are normalized by, once scaled; nothing when left out. */
  readonly scaling?: ChannelScaling | undefined
}

/** A split that knows what its numbers are. */
export interface Samples extends Split {
  readonly info: SampleInfo
}

/** The splits of a dataset, ready for `fit` and `evaluate`. */
export interface DatasetSamples {
  readonly train: Samples
  readonly test: Samples
  readonly validation?: Samples
  /** How samples were made of raw data, where that is known. */
  readonly input?: InputEncoding | undefined
  /** The same samples with everything fitted to these rows of `train` alone; left out where nothing is fitted. */
  refit?(rows: Uint32Array): DatasetSamples
  /** What the dataset left out because its options say so; see {@link LeftOut}. */
  readonly leftOut?: readonly LeftOut[]
  /** `sha256:` and 64 hexadecimal digits over the bytes in use. */
  readonly digest: string
}

/**
 * Loads a dataset.
 *
 * @example const { train, test } = await loadSamples(mnist())
 */
export async function loadSamples(
  dataset: Dataset,
  options?: LoadDataOptions,
): Promise<DatasetSamples> {
  return asSamples(dataset.info, await dataset.load(options), options?.input)
}

/**
 * @param seen what a model was trained with, if it was: nothing is fitted anew.
 * @param rows of the training samples that everything is fitted to; all when left out.
 */
function asSamples(
  dataset: DatasetInfo,
  splits: DatasetSplits,
  seen?: InputEncoding,
  rows?: Uint32Array,
): DatasetSamples {
  const { train, test, validation, leftOut, digest } = splits
  const scaling = seen === undefined ? scalingOf(train, dataset, rows) : scalingIn(seen)
  const made = splits.input ?? dataset.input ?? imageEncodingOf(dataset)
  const input = made?.kind === 'image' && scaling ? { ...made, ...scaling } : made
  const info: SampleInfo = { ...dataset, ...(scaling && { scaling }) }
  const isFitted = seen === undefined && dataset.normalize === 'data'
  const refit = (chosen: Uint32Array) =>
    asSamples(dataset, splits.refit?.(chosen) ?? splits, undefined, chosen)
  return {
    ...(input && { input }),
    ...((splits.refit !== undefined || isFitted) && { refit }),
    train: { ...train, info },
    test: { ...test, info },
    ...(validation && { validation: { ...validation, info } }),
    ...(leftOut && leftOut.length > 0 && { leftOut }),
    digest,
  }
}

/** What the pictures of an encoding were normalized by. */
function scalingIn(input: InputEncoding): ChannelScaling | undefined {
  if (input.kind !== 'image' || (input.mean === undefined && input.std === undefined)) {
    return undefined
  }
  const of = (numbers: readonly number[] | undefined, otherwise: number) =>
    Array.from({ length: input.channels }, (_, channel) => numbers?.[channel] ?? otherwise)
  return { mean: of(input.mean, 0), std: of(input.std, 1) }
}

/**
 * Samples from tensors, which are read and not kept. Float inputs reach the model as they are.
 *
 * @param inputs `[length, ...inputShape]`; int32 is taken as float32.
 * @param labels int32 or float32 `[length, ...labelShape]`.
 * @throws DataError for texts, and for whole numbers beyond 2^24, which float32 has not all of; it names the sample.
 */
export async function samplesOf(inputs: tf.Tensor, labels: tf.Tensor): Promise<Samples> {
  const length = inputs.shape[0] ?? 0
  if (length === 0 || labels.shape[0] !== length) {
    throw new ShapeError({
      where: 'samplesOf',
      expected: 'inputs and labels must have the same first dimension, at least 1',
      given: { inputs: inputs.shape, labels: labels.shape },
    })
  }
  for (const [what, tensor] of Object.entries({ inputs, labels })) await checkDtype(what, tensor)
  const [x, y] = await Promise.all([inputs.data(), labels.data()])
  if (x instanceof Int32Array) checkWholeNumbers('samplesOf', x, length)
  return {
    inputs: x instanceof Float32Array ? x.slice() : Float32Array.from(x),
    labels: y instanceof Int32Array || y instanceof Float32Array ? y.slice() : Int32Array.from(y),
    length,
    info: {
      inputShape: inputs.shape.slice(1),
      labelShape: labels.shape.slice(1),
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}

/** @throws DataError for a tensor of anything but numbers. */
async function checkDtype(what: string, tensor: tf.Tensor): Promise<void> {
  const { dtype } = tensor
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return
  if (dtype === 'string') {
    const [first] = (await tensor.data()) as unknown as string[]
    throw notNumbers('samplesOf', what, first, 0)
  }
  throw new DataError({ where: 'samplesOf', expected: `${what} must be numbers`, given: tensor })
}
