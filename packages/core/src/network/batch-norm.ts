import * as tf from '@tensorflow/tfjs'
import { tfjsClass } from './tfjs-class.ts'

/** What tfjs's batch norm keeps to itself. */
interface Internals {
  gamma: { read(): tf.Tensor } | undefined
  beta: { read(): tf.Tensor } | undefined
  readonly movingMean: tf.LayerVariable
  readonly movingVariance: tf.LayerVariable
  readonly momentum: number
  readonly epsilon: number
  axis: number
  readonly movingVarianceInitializer: object
}

type Arguments = NonNullable<Parameters<typeof tf.layers.batchNormalization>[0]>

const Plain = tfjsClass<tf.layers.Layer & Internals, Arguments>('BatchNormalization')

/**
 * tfjs's batch norm, where tfjs 4.22 fails: it trains one with `scale: false` or `center: false` by reading the weights that it then does not have, takes
 * the last axis for the channels in some kernels whatever `axis` is, and knows no more than four axes.
 */
class BatchNormalization extends Plain {
  static readonly className: string = 'BatchNormalization'

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const x = [inputs].flat()[0]!
    return anyBatchNorm(this, x, (each) => this.#withAllWeights(each, kwargs))
  }

  #withAllWeights(x: tf.Tensor, kwargs: { training?: boolean }): tf.Tensor {
    const { gamma, beta } = this
    if (kwargs.training !== true || (gamma && beta)) return super.call(x, kwargs) as tf.Tensor
    const constant = (value: number) => ({
      read: () => tf.fill(this.movingMean.shape as number[], value),
    })
    this.gamma = gamma ?? constant(1)
    this.beta = beta ?? constant(0)
    try {
      return super.call(x, kwargs) as tf.Tensor
    } finally {
      this.gamma = gamma
      this.beta = beta
    }
  }
}

/**
 * A batch norm of tfjs over any axis, of a tensor of any rank: it knows the last axis and four of them at most, and is given the tensor turned and in rows
 * where it is another one.
 *
 * @param run tfjs's own.
 */
export function anyBatchNorm(
  layer: tf.layers.Layer,
  x: tf.Tensor,
  run: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const internals = layer as unknown as Internals
  const { axis } = internals
  const channels = axis < 0 ? axis + x.rank : axis
  if (channels === x.rank - 1 && x.rank <= 4) return run(x)
  return tf.tidy(() => {
    const turned = [...x.shape.keys()].filter((each) => each !== channels).concat(channels)
    const last = tf.transpose(x, turned)
    internals.axis = -1
    try {
      const y = run(x.rank > 4 ? tf.reshape(last, [-1, x.shape[channels]!]) : last)
      const back = turned.map((_, at) => turned.indexOf(at))
      return tf.transpose(tf.reshape(y, last.shape), back)
    } finally {
      internals.axis = axis
    }
  })
}

// Under tfjs's own name: it can all that tfjs's can, so that files know it.
tf.serialization.registerClass(BatchNormalization as never)

/** A batch norm with the defaults of Keras: momentum 0.99, epsilon 1e-3; of any axis, and of tensors of any rank. */
export function makeBatchNorm(
  args: Arguments = {},
): ReturnType<typeof tf.layers.batchNormalization> {
  return new BatchNormalization({ ...args }) as unknown as ReturnType<
    typeof tf.layers.batchNormalization
  >
}

/**
 * A batch norm in training of which only some steps count: they alone make its statistics, as in Keras. All steps are normalized with them.
 *
 * @param mask of all axes but the last ones.
 */
export function maskedBatchNorm(layer: tf.layers.Layer, x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const { gamma, beta, movingMean, movingVariance, momentum, epsilon, axis } =
    layer as unknown as Internals
  const own = axis < 0 ? axis + x.rank : axis
  const reduced = x.shape.flatMap((_, at) => (at === own ? [] : [at]))
  return tf.tidy(() => {
    const shape = [...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]
    const counts = tf.mul(tf.reshape(tf.cast(mask, 'float32'), shape), tf.onesLike(x))
    const total = tf.add(tf.sum(counts, reduced, true), 1e-7)
    const mean = tf.div(tf.sum(tf.mul(x, counts), reduced, true), total)
    const difference = tf.sub(x, mean)
    const squares = tf.mul(tf.square(difference), counts)
    const variance = tf.div(tf.sum(squares, reduced, true), total)
    for (const [moving, value] of [
      [movingMean, mean],
      [movingVariance, variance],
    ] as const) {
      const before = moving.read()
      const change = tf.mul(tf.sub(before, tf.reshape(value, before.shape)), 1 - momentum)
      moving.write(tf.sub(before, change))
    }
    const along = (weight: { read(): tf.Tensor }) => tf.reshape(weight.read(), mean.shape)
    let y = tf.mul(difference, tf.rsqrt(tf.add(variance, epsilon)))
    if (gamma != null) y = tf.mul(y, along(gamma))
    return beta == null ? y : tf.add(y, along(beta))
  })
}

/**
 * How much of the moving statistics of a model's batch norms is still what they began with, after so many steps from new weights: each step
 * keeps `momentum` of them. Variances begin at 1, so even a hundredth can drown the small variance of a first layer.
 *
 * @returns from 1 before the first step towards 0; the largest of all layers, 0 for a model without batch norm.
 */
export function initialStatisticsLeft(layers: readonly tf.layers.Layer[], steps: number): number {
  const momenta = layers.flatMap((layer) => {
    const { momentum, movingVarianceInitializer } = layer as Partial<Internals>
    return momentum === undefined || movingVarianceInitializer === undefined ? [] : [momentum]
  })
  return Math.max(0, ...momenta.map((momentum) => momentum ** steps))
}
