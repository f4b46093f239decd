import {
  type ChannelScaling,
  type Column,
  columnsOf,
  type FieldSamples,
  fieldsOf,
  type NamedField,
  rangeOfField,
  readSamples,
  type Samples,
} from '@ashlar/core'
import { type InputSpec, type InputSpecs, isFree } from '../source/source.ts'
import type { NamedData, TensorData } from '../tensors.ts'
import { argMax } from './compare.ts'

/** Real samples as a model takes them, and their class indices where they have any. */
export interface RealSamples {
  /** By the name of the input, `[count, ...shape]`, scaled as in training. */
  readonly inputs: NamedData
  readonly count: number
  readonly labels: readonly number[] | undefined
}

/**
 * Takes samples spread evenly over a split, in batches.
 *
 * @param specs what the model takes.
 * @param count how many; all of a split that has fewer.
 * @param size of a batch; the last may be smaller.
 */
export async function* takeReal(
  samples: Samples,
  specs: InputSpecs,
  count: number,
  size: number,
): AsyncGenerator<RealSamples, void, undefined> {
  for await (const part of evenParts(samples, count, size)) {
    const { labels, length } = part
    const isClass =
      ArrayBuffer.isView(labels) && labels.length === length && !(labels instanceof Float32Array)
    yield {
      inputs: asModelInputs(part, specs),
      count: length,
      labels: isClass ? Array.from(labels) : undefined,
    }
  }
}

/**
 * Samples spread evenly over a split, in parts.
 *
 * @param count how many; all of a split that has fewer.
 * @param size of a part; the last may be smaller.
 */
export async function* evenParts(
  samples: Samples,
  count: number,
  size: number,
): AsyncGenerator<FieldSamples, void, undefined> {
  const taken = Math.min(count, samples.length)
  for (let start = 0; start < taken; start += size) {
    const length = Math.min(size, taken - start)
    const rows = Uint32Array.from({ length }, (_, index) =>
      Math.floor(((start + index) * samples.length) / taken),
    )
    yield await readSamples(samples, rows)
  }
}

/** Inputs of samples as a model takes them: bytes scaled from their range to 0..1 and normalized, other numbers as they are. */
export function asModelInputs(samples: FieldSamples, specs: InputSpecs): NamedData {
  const { info, length } = samples
  const fields = fieldsOf(info).inputs
  const [only] = Object.keys(specs)
  return Object.fromEntries(
    columnsOf(samples, info)
      .filter(({ role }) => role === 'inputs')
      .map(({ name, data, shape }): [string, TensorData] => {
        const key = name ?? only!
        const dtype = specs[key]?.dtype ?? 'float32'
        const field = fields.find((each) => each.name === name)!
        const numbers = asNumbers(data, field, dtype)
        return [key, { shape: [length, ...shape], dtype, data: numbers }]
      }),
  )
}

function asNumbers(
  data: Column['data'],
  field: NamedField,
  dtype: NonNullable<InputSpec['dtype']>,
): TensorData['data'] {
  if (dtype === 'int32') return Int32Array.from(data)
  if (dtype === 'bool' || dtype === 'uint8') return Uint8Array.from(data)
  if (field.dtype !== 'uint8') return Float32Array.from(data)
  const [low, high] = rangeOfField(field)
  const { mean, std } = field.scaling ?? { mean: [0], std: [1] }
  return Float32Array.from(data, (value, place) => {
    const channel = place % mean.length
    return ((value - low) / (high - low) - mean[channel]!) / std[channel]!
  })
}

/** Whether a model can be fed with the samples: inputs of their names, dtypes and shapes. */
export function fits(samples: Samples, specs: InputSpecs): boolean {
  const fields = fieldsOf(samples.info).inputs
  const names = Object.keys(specs)
  if (fields.length !== names.length) return false
  return fields.every((field) => {
    const spec = field.name === undefined ? specs[names[0]!] : specs[field.name]
    if (spec === undefined) return false
    const dtype = spec.dtype ?? 'float32'
    const wanted = spec.shape.slice(1)
    return (
      dtype === (field.dtype === 'uint8' ? 'float32' : field.dtype) &&
      isFree(spec.shape[0]!) &&
      wanted.length === field.shape.length &&
      wanted.every((size, axis) => isFree(size) || size === field.shape[axis])
    )
  })
}

/** Specs that know the range of the samples' numbers. */
export function rangedSpecs(specs: InputSpecs, { info }: Samples): InputSpecs {
  const fields = fieldsOf(info).inputs
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]): [string, InputSpec] => {
      const field = fields.find((each) => (each.name ?? name) === name)
      if (field === undefined) return [name, spec]
      const [low, high] =
        field.dtype === 'uint8' ? rangeOfBytes(field.scaling) : rangeOfField(field)
      if (!Number.isFinite(low) || !Number.isFinite(high)) return [name, spec]
      return [name, { range: [low, high], ...spec }]
    }),
  )
}

/** What bytes come to at most, whichever the channel. */
function rangeOfBytes(scaling: ChannelScaling | undefined): readonly [number, number] {
  if (scaling === undefined) return [0, 1]
  const ends = scaling.mean.flatMap((mean, channel) =>
    [0, 1].map((share) => (share - mean) / scaling.std[channel]!),
  )
  return [Math.min(...ends), Math.max(...ends)]
}

/**
 * How many rows have their largest output at the label. Undefined when the outputs are no scores of classes: one tensor
 * [batch, classes].
 */
export function countRight(outputs: NamedData, labels: readonly number[]): number | undefined {
  const tensors = Object.values(outputs)
  const [scores] = tensors
  if (tensors.length !== 1 || scores?.shape.length !== 2 || scores.dtype !== 'float32') {
    return undefined
  }
  const [rows, width] = scores.shape as [number, number]
  if (rows !== labels.length || width < 2) return undefined
  return labels.filter((label, row) => argMax(scores.data, row * width, width) === label).length
}
