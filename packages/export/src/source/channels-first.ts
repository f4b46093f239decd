import * as tf from '@tensorflow/tfjs'
import { fromTensor, type TensorData, toTensor } from '../tensors.ts'
import type { ExportSource, InputSpec } from './source.ts'

/**
 * The same model with images [batch, channels, ...space] instead of [batch, ...space, channels], in and out. Tensors of rank 4 and 5 are
 * turned; others stay.
 */
export function channelsFirst(source: ExportSource): ExportSource {
  return {
    name: source.name,
    ...(source.isExact && { isExact: true as const }),
    ...(source.weights && { weights: source.weights }),
    ...(source.moveWeights && { moveWeights: source.moveWeights }),
    ...(source.isBatched && { isBatched: true as const }),
    inputs: Object.fromEntries(
      Object.entries(source.inputs).map(([name, spec]): [string, InputSpec] => [
        name,
        isImage(spec.shape.length)
          ? { ...spec, shape: [spec.shape[0]!, spec.shape.at(-1)!, ...spec.shape.slice(1, -1)] }
          : spec,
      ]),
    ),
    run: (tensors) => {
      const results = source.run(turnAll(tensors, lastPerm))
      return results instanceof Promise
        ? results.then((each) => turnAll(each, firstPerm))
        : turnAll(results, firstPerm)
    },
    sampleInputs: source.sampleInputs ?? source.inputs,
    fromSample: (samples, input) => turnData(source.fromSample?.(samples, input) ?? samples),
  }
}

function turnAll(
  tensors: Readonly<Record<string, tf.Tensor>>,
  perm: (rank: number) => number[],
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      isImage(tensor.rank) ? tf.transpose(tensor, perm(tensor.rank)) : tensor,
    ]),
  )
}

function isImage(rank: number): boolean {
  return rank === 4 || rank === 5
}

/** From channels last to channels first. */
function firstPerm(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)]
}

/** From channels first to channels last. */
function lastPerm(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1]
}

/** Numbers of images turned, outside of any graph. */
export function turnData(data: TensorData): TensorData {
  if (!isImage(data.shape.length)) return data
  const tensor = toTensor(data)
  const turned = tf.transpose(tensor, firstPerm(tensor.rank))
  const result = fromTensor(turned)
  tf.dispose([tensor, turned])
  // Bytes are float32 in tfjs.
  return data.dtype === 'uint8'
    ? { ...result, dtype: 'uint8', data: Uint8Array.from(result.data as Float32Array) }
    : result
}
