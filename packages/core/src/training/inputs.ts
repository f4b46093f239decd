import type { CaptureInput } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Batch } from '../data/batches.ts'
import type { Field } from '../data/field.ts'
import { columnsOf, type FieldInfo, feedOf, fieldsOf, rangeOfField } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import { type BatchColumn, batchColumns } from '../data/source.ts'
import type { Arrays } from '../engines/engine.ts'
import type { InputDtype, NamedTensors } from '../network/shapes.ts'

/** A tensor, or several by name. */
export type OneOrNamed = tf.Tensor | NamedTensors

/** How the batches of some samples enter a program: every field by what it is called there. */
export function batchSpec(
  samples: Samples,
  batchSize: number,
): Readonly<Record<string, CaptureInput>> {
  return Object.fromEntries(
    batchColumns(samples).map(({ feed, dtype, shape }) => [
      feed,
      { ...inputOf(dtype), shape: [batchSize, ...shape] },
    ]),
  )
}

/** The part of it that a model takes. */
export function inputSpec(
  samples: Samples,
  batchSize: number,
): Readonly<Record<string, CaptureInput>> {
  const inputs = batchColumns(samples).filter(({ role }) => role === 'inputs')
  const all = batchSpec(samples, batchSize)
  return Object.fromEntries(inputs.map(({ feed }) => [feed, all[feed]!]))
}

/** The arrays of samples, or of a batch of them, by what a program calls them. */
export function feedsOf(batch: Batch, info: FieldInfo): Arrays {
  return Object.fromEntries(columnsOf(batch, info).map(({ feed, data }) => [feed, data]))
}

/** The part of them that a model takes. */
export function inputFeeds(batch: Batch, info: FieldInfo): Arrays {
  const inputs = columnsOf(batch, info).filter(({ role }) => role === 'inputs')
  return Object.fromEntries(inputs.map(({ feed, data }) => [feed, data]))
}

/** The inputs of a program as a model takes them: one tensor, or several by name, bytes scaled and normalized where samples are. */
export function modelInputs(
  feeds: Readonly<Record<string, tf.Tensor>>,
  info: FieldInfo,
): OneOrNamed {
  return normalizeInputs(scaledInputs(feeds, info), info)
}

/** The same as augmentations see it: bytes from 0 to 1, whatever the model wants. */
export function scaledInputs(
  feeds: Readonly<Record<string, tf.Tensor>>,
  info: FieldInfo,
): OneOrNamed {
  const { inputs } = fieldsOf(info)
  const [first] = inputs
  if (first !== undefined && first.name === undefined) return scaleInputs(feeds.inputs!, info)
  return Object.fromEntries(
    inputs.map((field) => [field.name!, scaleField(feeds[feedOf('inputs', field.name)]!, field)]),
  )
}

/** The labels of a program: one tensor, or several by name. */
export function labelsOf(feeds: Readonly<Record<string, tf.Tensor>>, info: FieldInfo): OneOrNamed {
  const { outputs } = fieldsOf(info)
  if (outputs[0]?.name === undefined) return feeds.labels!
  return Object.fromEntries(outputs.map(({ name }) => [name!, feeds[feedOf('labels', name)]!]))
}

/** One of several tensors by its name; the only one where there is no name. */
export function byName(tensors: OneOrNamed, name: string | undefined): tf.Tensor | undefined {
  if (tensors instanceof tf.Tensor) return name === undefined ? tensors : undefined
  return name === undefined ? undefined : tensors[name]
}

/** The channels of pictures, scaled and augmented, as a model sees them. */
export function normalizeInputs(inputs: OneOrNamed, info: FieldInfo): OneOrNamed {
  const fields = fieldsOf(info).inputs
  if (fields.every(({ scaling }) => scaling === undefined)) return inputs
  if (inputs instanceof tf.Tensor) return normalize(inputs, fields[0]!)
  return Object.fromEntries(
    fields.map((field) => [field.name!, normalize(inputs[field.name!]!, field)]),
  )
}

function normalize(inputs: tf.Tensor, { scaling }: Field): tf.Tensor {
  if (scaling === undefined) return inputs
  const { mean, std } = scaling
  return tf.div(tf.sub(inputs, tf.tensor1d([...mean])), tf.tensor1d([...std]))
}

/** A batch of one input as augmentations see it: bytes scaled from their range to 0..1, float inputs as they are. */
export function scaleInputs(inputs: tf.Tensor, info: FieldInfo): tf.Tensor {
  if (info.inputDtype !== 'uint8') return inputs
  return scale(inputs, info.inputRange)
}

function scaleField(tensor: tf.Tensor, field: Field): tf.Tensor {
  if (field.dtype === 'uint8') return scale(tensor, rangeOfField(field))
  return field.dtype === 'bool' ? tf.cast(tensor, 'bool') : tensor
}

function scale(inputs: tf.Tensor, [low, high]: readonly [number, number]): tf.Tensor {
  const numbers = tf.cast(inputs, 'float32')
  return tf.mul(low === 0 ? numbers : tf.sub(numbers, low), 1 / (high - low))
}

/** What a model is handed of a field. */
export function modelDtype({ dtype }: Field): InputDtype {
  return dtype === 'uint8' ? 'float32' : dtype
}

function inputOf(dtype: BatchColumn['dtype']): Omit<CaptureInput, 'shape'> {
  return dtype === 'uint8' ? { dtype: 'int32', storage: 'uint8' } : { dtype }
}
