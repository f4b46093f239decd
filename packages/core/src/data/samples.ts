import { DataError, ShapeError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { checkWholeNumbers, notNumbers } from './check-numbers.ts'
import type { DatasetInfo, LeftOut } from './dataset.ts'
import type { InputEncoding } from './encoding.ts'
import type { ChannelScaling } from './scaling.ts'
import type { ArraySplit, FieldSplit, Split, StreamSplit } from './split.ts'

/** What must be known of samples to feed them to a model. */
export type SampleInfo = Pick<
  DatasetInfo,
  'inputShape' | 'labelShape' | 'inputDtype' | 'inputRange' | 'inputs' | 'outputs'
> &
  Partial<Pick<DatasetInfo, 'classes' | 'targets' | 'multiLabel' | 'ignoreIndex'>> & {
    /** What the channels of pictures are normalized by, once scaled; nothing when left out. */
    readonly scaling?: ChannelScaling | undefined
  }

/** A split that knows what its numbers are. */
export type Samples = Split & { readonly info: SampleInfo }

/** Such a split in memory. */
export type FieldSamples = FieldSplit & { readonly info: SampleInfo }

/** Such a split in memory, of one input and one label without names. */
export type ArraySamples = ArraySplit & { readonly info: SampleInfo }

/** Such a split that is read when it is needed. */
export type StreamSamples = StreamSplit & { readonly info: SampleInfo }

/** The splits of a dataset, ready for `fit` and `evaluate`. */
export interface DatasetSamples {
  readonly train: Samples
  readonly test: Samples
  readonly validation?: Samples
  /** How samples were made of raw data, where that is known. */
  readonly input?: InputEncoding | undefined
  /** The same of inputs by name, as far as they are others than those of the dataset's `info`. */
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
  /** The same samples with everything fitted to these rows of `train` alone; left out where nothing is fitted. */
  refit?(rows: Uint32Array): Promise<DatasetSamples>
  /** What the dataset left out because its options say so; see {@link LeftOut}. */
  readonly leftOut?: readonly LeftOut[]
  /** `sha256:` and 64 hexadecimal digits over the bytes in use. */
  readonly digest: string
}

/**
 * Samples from tensors, which are read and not kept. Float inputs reach the model as they are.
 *
 * @param inputs `[length, ...inputShape]`; int32 is taken as float32.
 * @param labels int32 or float32 `[length, ...labelShape]`.
 * @throws DataError for texts, and for whole numbers beyond 2^24, which float32 has not all of; it names the sample.
 */
export async function samplesOf(inputs: tf.Tensor, labels: tf.Tensor): Promise<ArraySamples> {
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
