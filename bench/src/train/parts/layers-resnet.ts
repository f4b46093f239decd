import * as tf from '@tensorflow/tfjs'

/** A residual network of 28 x 28 images as a layers model of tfjs, as its users have it. */
export interface LayersResnet {
  readonly stemStrides: number
  readonly pool: () => tf.layers.Layer
  /** Filters of each pair of blocks; all but the first halve the image. */
  readonly stages: readonly number[]
  readonly activation: 'softmax' | 'linear'
}

/** The network. */
export function layersResnet({
  stemStrides,
  pool,
  stages,
  activation,
}: LayersResnet): tf.LayersModel {
  const { layers } = tf
  type X = tf.SymbolicTensor
  const then = (layer: tf.layers.Layer, x: X | X[]) => layer.apply(x) as X
  const relu = (x: X) => then(layers.activation({ activation: 'relu' }), x)
  const conv = (x: X, filters: number, kernelSize: number, strides = 1) => {
    const y = then(layers.conv2d({ filters, kernelSize, strides, padding: 'same' }), x)
    return then(layers.batchNormalization(), y)
  }
  const block = (x: X, filters: number, strides = 1) => {
    const y = conv(relu(conv(x, filters, 3, strides)), filters, 3)
    const shortcut = strides === 1 ? x : conv(x, filters, 1, strides)
    return relu(then(layers.add(), [y, shortcut]))
  }
  const images = tf.input({ shape: [28, 28, 1] })
  let x = then(pool(), relu(conv(images, 64, 7, stemStrides)))
  for (const [index, filters] of stages.entries()) {
    x = block(block(x, filters, index === 0 ? 1 : 2), filters)
  }
  x = then(layers.globalAveragePooling2d({}), x)
  return tf.model({ inputs: images, outputs: then(layers.dense({ units: 10, activation }), x) })
}
