import * as tf from '@tensorflow/tfjs'
import { axes, type KernelGradient, sizeOfShape } from './gradient.ts'

/** Whole numbers 0, 1, ... each times a step, as a column. */
function columnOf(count: number, step: number): tf.Tensor2D {
  return tf.reshape(tf.mul(tf.range(0, count, 1, 'int32'), tf.scalar(step, 'int32')), [count, 1])
}

/** Gather: each row of the derivative is added to the row that it was taken from. */
export const gatherGradient: KernelGradient<{ axis: number; batchDims?: number }> = {
  inputs: ['x', 'indices'],
  by: ({ dy, inputs, attrs }) => ({
    x() {
      const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor }
      const axis = attrs.axis < 0 ? attrs.axis + x.rank : attrs.axis
      const given = attrs.batchDims ?? 0
      const batchDims = given < 0 ? given + indices.rank : given
      const picks = indices.rank - batchDims
      const size = x.shape[axis]!
      const batch = sizeOfShape(x.shape.slice(0, batchDims))
      // Batch and picks first, then what lies before the gathered axis, then what lies behind it.
      const passed = axes(batchDims, axis)
      const rest = axes(axis + 1, x.rank)
      const front = [...axes(0, batchDims), ...axes(axis, axis + picks)]
      const tail = [...passed, ...axes(axis + picks, dy.rank)]
      const rowShape = [...passed, ...rest].map((at) => x.shape[at]!)
      const count = sizeOfShape(indices.shape)
      const rows = tf.reshape(turned(dy, [...front, ...tail]), [count, sizeOfShape(rowShape)])
      const local = tf.reshape(tf.cast(indices, 'int32'), [batch, -1])
      const places = batch === 1 ? local : tf.add(local, columnOf(batch, size))
      const summed = tf.unsortedSegmentSum(rows, tf.reshape(places, [count]), batch * size)
      const back = tf.reshape(summed, [...x.shape.slice(0, batchDims), size, ...rowShape])
      // The gathered axis goes back behind what lies before it.
      const order = [...axes(0, batchDims), ...passed.map((at) => at + 1), batchDims, ...rest]
      return turned(back, order)
    },
  }),
}

/** A transpose, unless it would change nothing. */
export function turned(x: tf.Tensor, order: readonly number[]): tf.Tensor {
  return order.every((axis, at) => axis === at) ? x : tf.transpose(x, [...order])
}

/** Rows of a tensor that was turned by an order, as it was. */
export function turnedBack(
  rows: tf.Tensor,
  order: readonly number[],
  shape: readonly number[],
): tf.Tensor {
  const sizes = order.map((axis) => shape[axis]!)
  return turned(tf.reshape(rows, sizes), tf.backend_util.getUndoAxesPermutation([...order]))
}

/** GatherNd: as a scatter. */
export const gatherNdGradient: KernelGradient<never> = {
  inputs: ['params', 'indices'],
  by: ({ dy, inputs: { params, indices } }) => ({
    params: () => tf.scatterND(tf.cast(indices!, 'int32'), dy, params!.shape),
  }),
}

/** ScatterNd: as a gather. */
export const scatterNdGradient: KernelGradient<never> = {
  inputs: ['indices', 'updates'],
  by: ({ dy, inputs: { indices } }) => ({
    updates: () => tf.gatherND(dy, tf.cast(indices!, 'int32')),
  }),
}

/**
 * TensorScatterUpdate: what was written over has none, what was written has that of its place. Of several updates of one place only one is kept, and
 * nothing says which: each then gets the whole.
 */
export const scatterUpdateGradient: KernelGradient<never> = {
  inputs: ['tensor', 'indices', 'updates'],
  by: ({ dy, inputs: { indices, updates } }) => ({
    // tfjs writes into the tensor that it is given.
    tensor: () =>
      tf.mul(dy, tf.tensorScatterUpdate(tf.ones(dy.shape), indices!, tf.zeros(updates!.shape))),
    updates: () => tf.gatherND(dy, tf.cast(indices!, 'int32')),
  }),
}

/** SparseToDense: values and the default have those of their places. */
export const sparseToDenseGradient: KernelGradient<never> = {
  inputs: ['sparseIndices', 'sparseValues', 'defaultValue'],
  by: ({ dy, inputs: { sparseIndices, sparseValues, defaultValue } }) => {
    const indices = () => {
      const whole = tf.cast(sparseIndices!, 'int32')
      return whole.rank === 2 ? whole : tf.reshape(whole, [-1, Math.max(1, dy.rank)])
    }
    const picked = () => tf.gatherND(dy, indices())
    return {
      sparseValues: () =>
        sparseValues!.rank === 0 ? tf.sum(picked()) : tf.reshape(picked(), sparseValues!.shape),
      defaultValue: () =>
        tf.reshape(tf.sub(tf.sum(dy), tf.sum(picked())), defaultValue?.shape ?? []),
    }
  },
}

/** TopK: each value goes back to its place in its row. */
export const topKGradient: KernelGradient<never> = {
  inputs: ['x'],
  savesOutputs: 2,
  by: ({ dy, inputs, outputs: [, indices] }) => ({
    x() {
      const { shape } = inputs.x!
      const size = shape.at(-1)!
      const rows = sizeOfShape(shape.slice(0, -1))
      const places = tf.add(tf.reshape(indices!, [rows, -1]), columnOf(rows, size))
      const flat = tf.reshape(dy, [-1])
      const summed = tf.unsortedSegmentSum(flat, tf.reshape(places, [-1]), rows * size)
      return tf.reshape(summed, shape)
    },
  }),
}

/** MaxPoolWithArgmax: each maximum goes back to its pixel. */
export const argmaxPoolGradient: KernelGradient<{ includeBatchInIndex?: boolean }> = {
  inputs: ['x'],
  savesOutputs: 2,
  by: ({ dy, inputs, outputs: [, indexes], attrs }) => ({
    x() {
      const { shape } = inputs.x!
      const batch = shape[0]!
      const size = sizeOfShape(shape.slice(1))
      const local = tf.reshape(tf.cast(indexes!, 'int32'), [batch, -1])
      const places = attrs.includeBatchInIndex ? local : tf.add(local, columnOf(batch, size))
      const flat = tf.reshape(dy, [-1])
      const summed = tf.unsortedSegmentSum(flat, tf.reshape(places, [-1]), batch * size)
      return tf.reshape(summed, shape)
    },
  }),
}

interface SegmentInputs {
  readonly data: tf.Tensor
  readonly indices: tf.Tensor
  readonly segmentIds: tf.Tensor
}

/** SparseSegmentSum and SparseSegmentMean: each row gets the derivative of the segments that it was added to; of a mean, its share. */
export function segmentGradient(isMean: boolean): KernelGradient<never> {
  return {
    inputs: ['data', 'indices', 'segmentIds'],
    by: ({ dy, inputs }) => ({
      data() {
        const { data, indices, segmentIds } = inputs as unknown as SegmentInputs
        const ids = tf.cast(segmentIds, 'int32') as tf.Tensor1D
        const members = () => tf.unsortedSegmentSum(tf.ones([ids.size]), ids, dy.shape[0]!)
        const count = () =>
          tf.reshape(tf.maximum(members(), 1), [-1, ...dy.shape.slice(1).map(() => 1)])
        const rows = tf.gather(isMean ? tf.div(dy, count()) : dy, ids)
        const places = tf.cast(indices, 'int32') as tf.Tensor1D
        return tf.unsortedSegmentSum(rows, places, data.shape[0]!)
      },
    }),
  }
}

/** Bincount and DenseBincount: each number's weight has the derivative of its bin; what is in none has none. */
export const bincountGradient: KernelGradient<{ size: number; binaryOutput?: boolean }> = {
  inputs: ['x', 'weights'],
  by: ({ dy, inputs, attrs: { size, binaryOutput } }) => ({
    weights() {
      const { x, weights } = inputs as { x: tf.Tensor; weights: tf.Tensor }
      if (weights.size === 0 || binaryOutput) return tf.zeros(weights.shape)
      const places = tf.cast(x, 'int32')
      const isInside = tf.cast(tf.less(places, size), 'float32')
      const rows = x.rank === 1 ? 1 : x.shape[0]!
      const local = tf.reshape(tf.minimum(places, tf.scalar(size - 1, 'int32')), [rows, -1])
      const flat = tf.reshape(tf.add(local, columnOf(rows, size)), [-1]) as tf.Tensor1D
      return tf.mul(tf.reshape(tf.gather(tf.reshape(dy, [-1]), flat), x.shape), isInside)
    },
  }),
}
