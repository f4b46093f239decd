import * as tf from '@tensorflow/tfjs'

/** What tfjs's batch norm keeps to itself. */
interface Internals {
  gamma: { read(): tf.Tensor } | undefined
  beta: { read(): tf.Tensor } | undefined
  readonly movingMean: tf.LayerVariable
  readonly movingVariance: tf.LayerVariable
  readonly momentum: number
  readonly epsilon: number
  readonly axis: number
  readonly movingVarianceInitializer: object
}

/**
 * tfjs's batch norm with the defaults of Keras: momentum 0.99, epsilon 1e-3.
 *
 * tfjs 4.22 trains a batch norm with `scale: false` or `center: false` by reading the weights that it then does not have; here
 * such a layer trains as if they were 1 and 0.
 */
export function makeBatchNorm(
  args: Parameters<typeof tf.layers.batchNormalization>[0] = {},
): ReturnType<typeof tf.layers.batchNormalization> {
  const layer = tf.layers.batchNormalization(args)
  if (args.scale !== false && args.center !== false) return layer
  const own = layer as unknown as Internals
  const call = layer.call.bind(layer)
  layer.call = (inputs, kwargs) => {
    const { gamma, beta, movingMean } = own
    if (kwargs.training !== true) return call(inputs, kwargs)
    const constant = (value: number) => ({
      read: () => tf.fill(movingMean.shape as number[], value),
    })
    own.gamma = gamma ?? constant(1)
    own.beta = beta ?? constant(0)
    try {
      return call(inputs, kwargs)
    } finally {
      own.gamma = gamma
      own.beta = beta
    }
  }
  return layer
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
