import * as tf from '@tensorflow/tfjs'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** Losses of classes `[N, C, ...]` with labels `[N, ...]`, from the logarithms of probabilities. */
function negativeLogLikelihood(
  log: tf.Tensor,
  labels: tf.Tensor,
  weight: Value | undefined,
  reduction: string,
  ignored: number | undefined,
): tf.Tensor {
  const classes = log.shape.at(-1)!
  const isCounted =
    ignored === undefined
      ? tf.onesLike(tf.cast(labels, 'float32'))
      : tf.cast(tf.notEqual(labels, tf.scalar(ignored, 'int32')), 'float32')
  const hot = tf.cast(tf.oneHot(tf.cast(labels, 'int32'), classes), 'float32')
  const scale = weight === undefined ? hot : tf.mul(hot, weight.plain())
  const each = tf.mul(tf.sum(tf.mul(hot, scale), -1), isCounted)
  const losses = tf.mul(tf.neg(tf.sum(tf.mul(log, hot), -1)), each)
  if (reduction === 'none') return losses
  return reduction === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(each))
}

/** Classes moved to the end. */
function classesLast(x: Value): tf.Tensor {
  return x.in([0, ...identity(x.rank).slice(2), 1])
}

/** Losses, as some files have them. */
export const lossOperators: readonly Operator[] = [
  operator({
    op: 'NegativeLogLikelihoodLoss',
    attributes: { ignore_index: absent.number, reduction: 'mean' },
    run: ({ input, inputs, attributes: { ignore_index, reduction } }) =>
      Value.of(
        input(0).type,
        negativeLogLikelihood(
          classesLast(input(0)),
          input(1).plain(),
          inputs[2],
          reduction,
          ignore_index,
        ),
      ),
  }),
  operator({
    op: 'SoftmaxCrossEntropyLoss',
    attributes: { ignore_index: absent.number, reduction: 'mean' },
    run: ({ input, inputs, node, attributes: { ignore_index, reduction } }) => {
      const x = input(0)
      const log = tf.logSoftmax(classesLast(x))
      const loss = Value.of(
        x.type,
        negativeLogLikelihood(log, input(1).plain(), inputs[2], reduction, ignore_index),
      )
      if (node.outputs.length < 2) return loss
      return [loss, Value.of(x.type, log, [0, ...identity(x.rank).slice(2), 1])]
    },
  }),
]
