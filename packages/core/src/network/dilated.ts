import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { RuleArgs, Tensors } from './rule-args.ts'

/** What tfjs's convolutions keep to themselves. */
interface Internals {
  readonly kernel: { read(): tf.Tensor }
  readonly bias: { read(): tf.Tensor } | null | undefined
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null | undefined
  readonly padding: 'valid' | 'same'
  readonly dataFormat: string
  readonly strides: readonly number[]
  readonly dilationRate: number | readonly number[]
}

function isDilated(layer: tf.layers.Layer): boolean {
  const { dilationRate } = layer as unknown as Internals
  return [dilationRate].flat().some((each) => each > 1)
}

/** A convolution of images. tfjs's fuses a dilated one with its bias, and then has no derivative for it. */
export function dilatedConv2d(layer: tf.layers.Layer, args: RuleArgs): Tensors {
  const { inputs, call } = args
  if (!isDilated(layer)) return call()
  const { kernel, bias, activation, padding, dataFormat, strides, dilationRate } =
    layer as unknown as Internals
  return tf.tidy(() => {
    const given = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D
    const isFirst = dataFormat === 'channelsFirst'
    const x = isFirst ? tf.transpose(given, [0, 2, 3, 1]) : given
    const filter = kernel.read() as tf.Tensor4D
    const rates = dilationRate as [number, number]
    let y: tf.Tensor = tf.conv2d(x, filter, strides as [number, number], padding, 'NHWC', rates)
    if (bias != null) y = tf.add(y, bias.read())
    if (activation != null) y = activation.apply(y)
    return isFirst ? tf.transpose(y, [0, 3, 1, 2]) : y
  })
}

/** @throws ConfigError for a transposed convolution with holes, which tfjs computes without them. */
export function undilatedOnly(layer: tf.layers.Layer, { call }: RuleArgs): Tensors {
  if (!isDilated(layer)) return call()
  throw new ConfigError({
    where: layer.name,
    expected: `dilationRate of a ${layer.getClassName()} must be 1`,
    given: (layer as unknown as Internals).dilationRate,
    hint: 'tfjs has no transposed convolution with holes; a larger kernel with zeros is one.',
  })
}
