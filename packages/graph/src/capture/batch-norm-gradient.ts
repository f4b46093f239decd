import * as tf from '@tensorflow/tfjs'
import { namedInput, type Value } from '../ir/index.ts'
import { exchangeGradient, isNested } from '../tfjs/declared-gradients.ts'
import { activeRecorder } from './backend.ts'

/**
 * tfjs differentiates a batch norm in training as separate chains through mean and variance, some thirty kernels. When
 * mean and variance are the moments of the very input, the whole derivative by that input has a closed form of two reductions
 * (Ioffe and Szegedy 2015, section 3): it is returned as the gradient by `x`, and zeros by mean and variance.
 */
export function useClosedBatchNorm(): () => void {
  const original = tf.getGradient(tf.FusedBatchNorm)
  if (original === undefined) return () => undefined
  return exchangeGradient(tf.FusedBatchNorm, {
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved as tf.Tensor[]
      // The closed form has no derivative of its own, as the chain has.
      if (isNested() || !areMomentsOf(mean!, variance!, x!))
        return original.gradFunc(dy, saved, attrs)
      let grads: tf.Tensor[] | undefined
      const grad = (index: number) => () => {
        grads ??= closedForm(
          dy as tf.Tensor,
          x!,
          mean!,
          variance!,
          scale ?? tf.ones(mean!.shape),
          attrs,
        )
        return grads[index]!
      }
      const none = () => tf.zeros(mean!.shape)
      return { x: grad(0), mean: none, variance: none, scale: grad(1), offset: grad(2) }
    },
  })
}

function closedForm(
  dy: tf.Tensor,
  x: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  scale: tf.Tensor,
  attrs: tf.NamedAttrMap,
): tf.Tensor[] {
  const inputs = { dy, x, mean, variance, scale } as unknown as tf.NamedTensorMap
  return tf.engine().runKernel('FusedBatchNormGrad', inputs, attrs) as unknown as tf.Tensor[]
}

/** Whether mean and variance were computed from `x` by tf.moments over all axes but the last. */
function areMomentsOf(mean: tf.Tensor, variance: tf.Tensor, x: tf.Tensor): boolean {
  const recorder = activeRecorder()
  if (recorder === undefined || mean.rank !== 1) return false
  const input = source(recorder.valueOf(x))
  const meanOf = (value: Value): Value | undefined => {
    const node = source(value).node
    if (node?.op !== 'Mean') return undefined
    const operand = namedInput(node, 'x')!
    return reducesAllButLast(operand, node.attrs.axis) ? operand : undefined
  }
  const averaged = meanOf(recorder.valueOf(mean))
  if (averaged === undefined || source(averaged) !== input) return false
  // variance = mean(square(x - mean))
  const squared = meanOf(recorder.valueOf(variance))?.node
  if (squared?.op !== 'Square') return false
  const difference = source(squared.inputs[0]!).node
  if (difference?.op !== 'Sub') return false
  const [left, right] = difference.inputs
  return (
    source(left!) === input && meanOf(right!) !== undefined && source(meanOf(right!)!) === input
  )
}

/** The value itself, behind reshapes, copies and casts that change no number. */
function source(value: Value): Value {
  const node = value.node
  const passes =
    node?.op === 'Reshape' ||
    node?.op === 'Identity' ||
    (node?.op === 'Cast' && node.inputs[0]!.dtype === value.dtype)
  return passes ? source(node!.inputs[0]!) : value
}

function reducesAllButLast(operand: Value, axis: unknown): boolean {
  const rank = operand.shape.length
  const axes = (Array.isArray(axis) ? (axis as number[]) : [axis as number]).map((each) =>
    each < 0 ? each + rank : each,
  )
  return axes.length === rank - 1 && !axes.includes(rank - 1)
}
