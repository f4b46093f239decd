import * as tf from '@tensorflow/tfjs'
import type { Mask, RuleArgs, Tensors } from './rule-args.ts'

/** A softmax layer over any axis, or several. tfjs's knows the last axis alone. */
export function softmaxOver(layer: tf.layers.Layer, { inputs, mask, call }: RuleArgs): Tensors {
  const { axis: given } = layer as unknown as { axis: number | readonly number[] }
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  const axes = [...new Set([given].flat().map((axis) => (axis < 0 ? axis + x.rank : axis)))]
  const isLast = axes.length === 1 && axes[0] === x.rank - 1
  const scores = Array.isArray(mask) || isOfSteps(mask, x) ? undefined : mask
  if (isLast && scores === mask) return call()
  return tf.tidy(() => {
    const left = scores && tf.mul(tf.sub(1, tf.cast(scores, 'float32')), -1e9)
    const counted = left === undefined ? x : tf.add(x, left)
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const order = [...kept, ...axes]
    const turned = tf.transpose(counted, order)
    const size = axes.reduce((product, axis) => product * x.shape[axis]!, 1)
    const y = tf.softmax(tf.reshape(turned, [-1, size]), 1)
    return tf.transpose(tf.reshape(y, turned.shape), tf.backend_util.getUndoAxesPermutation(order))
  })
}

/** Whether a mask says which steps count, and not which scores: tfjs takes the one for the other. */
function isOfSteps(mask: Mask | Mask[], x: tf.Tensor): boolean {
  if (mask === undefined || Array.isArray(mask) || mask.rank >= x.rank) return false
  return mask.shape.every((size, axis) => size === x.shape[axis])
}
