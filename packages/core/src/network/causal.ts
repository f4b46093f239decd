import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { RuleArgs, Tensors } from './rule-args.ts'

/** What tfjs's convolutions keep to themselves. */
interface Internals {
  readonly rank: number
  padding: string
  readonly dataFormat: string
  readonly kernelSize: readonly number[]
  readonly dilationRate: number | readonly number[]
}

/**
 * A convolution of sequences whose steps see no later ones (`padding: 'causal'`): zeros stand before the first step. tfjs knows the padding by name
 * alone.
 */
export function causal(layer: tf.layers.Layer, { inputs, kwargs, call }: RuleArgs): Tensors {
  const internals = layer as unknown as Internals
  if (internals.padding !== 'causal') return call()
  const { rank, kernelSize, dilationRate, dataFormat } = internals
  if (rank !== 1) {
    throw new ShapeError({
      where: layer.name,
      expected: "padding 'causal' is for convolutions of sequences",
      given: layer.getClassName(),
      hint: "Take 'valid' or 'same'.",
    })
  }
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  const before = (kernelSize[0]! - 1) * [dilationRate].flat()[0]!
  const time = dataFormat === 'channelsFirst' ? 2 : 1
  const pads = x.shape.map((_, axis): [number, number] => [axis === time ? before : 0, 0])
  internals.padding = 'valid'
  try {
    return tf.tidy(() => call(kwargs, tf.pad(x, pads)))
  } finally {
    internals.padding = 'causal'
  }
}
