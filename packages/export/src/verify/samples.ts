import { readSamples, type SampleData, type Samples } from '@ashlar/core'
import { type InputSpec, type InputSpecs, isFree } from '../source/source.ts'
import type { NamedData, TensorData } from '../tensors.ts'
import { argMax } from './compare.ts'

/** Real samples as a model takes them, and their class indices where they have any. */
export interface RealSamples {
  /** `[count, ...shape]`, scaled as in training. */
  readonly inputs: TensorData
  readonly labels: readonly number[] | undefined
}

/**
 * Takes samples spread evenly over a split, in batches.
 *
 * @param count how many; all of a split that has fewer.
 * @param size of a batch; the last may be smaller.
 */
export async function* takeReal(
  samples: Samples,
  count: number,
  size: number,
): AsyncGenerator<RealSamples> {
  const { info } = samples
  const taken = Math.min(count, samples.length)
  for (let start = 0; start < taken; start += size) {
    const length = Math.min(size, taken - start)
    const indices = Uint32Array.from({ length }, (_, index) =>
      Math.floor(((start + index) * samples.length) / taken),
    )
    const { inputs, labels } = await readSamples(samples, indices)
    const isClass = info.labelShape.length === 0 && !(labels instanceof Float32Array)
    yield {
      inputs: asModelInput(inputs, length, samples),
      labels: isClass ? Array.from(labels) : undefined,
    }
  }
}

/** Some inputs of samples as a model takes them: bytes scaled from their range to 0..1, float inputs as they are. */
export function asModelInput(
  inputs: SampleData,
  length: number,
  { info }: Pick<Samples, 'info'>,
): TensorData {
  const [low, high] = info.inputRange
  const data =
    info.inputDtype === 'uint8'
      ? Float32Array.from(inputs, (value) => (value - low) / (high - low))
      : Float32Array.from(inputs)
  return { shape: [length, ...info.inputShape], dtype: 'float32', data }
}

/** Whether a model can be fed with the samples: one float input of their shape. */
export function fits(samples: Samples, specs: InputSpecs): boolean {
  const inputs = Object.values(specs)
  const [spec] = inputs
  if (inputs.length !== 1 || (spec!.dtype ?? 'float32') !== 'float32') return false
  const { inputShape } = samples.info
  const wanted = spec!.shape.slice(1)
  return (
    isFree(spec!.shape[0]!) &&
    wanted.length === inputShape.length &&
    wanted.every((size, axis) => isFree(size) || size === inputShape[axis])
  )
}

/** Specs that know the range of the samples' numbers. */
export function rangedSpecs(specs: InputSpecs, { info }: Samples): InputSpecs {
  const [low, high] = info.inputDtype === 'uint8' ? [0, 1] : info.inputRange
  if (!Number.isFinite(low) || !Number.isFinite(high)) return specs
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]): [string, InputSpec] => [
      name,
      { range: [low, high], ...spec },
    ]),
  )
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
