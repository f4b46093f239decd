import { type Layer, layers } from '@ashlar/core'

/** What a factory of norms may be told. */
export interface NormArgs {
  /** Starts with a scale of 0, so that what comes before it counts for nothing at first. */
  readonly zero?: boolean | undefined
}

/** Makes a normalization. */
export type NormFactory = (args?: NormArgs) => Layer

/** Makes an activation. */
export type ActivationFactory = () => Layer

/** Normalizations by the name that options give. */
export const norms: Readonly<Record<'batch' | 'layer', NormFactory>> = {
  /** Over batch, height and width, as in Keras: momentum 0.99, epsilon 1e-3. */
  batch: ({ zero } = {}) =>
    layers.batchNormalization({ gammaInitializer: zero ? 'zeros' : 'ones' }),
  /** Over the channels of each pixel: does not depend on the batch. */
  layer: ({ zero } = {}) =>
    layers.layerNormalization({ gammaInitializer: zero ? 'zeros' : 'ones' }),
}

/** Activations by the name that options give. */
export const activationNames = [
  'relu',
  'relu6',
  'elu',
  'selu',
  'swish',
  'gelu',
  'sigmoid',
  'tanh',
  'linear',
] as const

/** One of `activationNames`. */
export type ActivationName = (typeof activationNames)[number]

/** A factory of an activation by name. */
export function activationOf(activation: ActivationName): ActivationFactory {
  return () => layers.activation({ activation })
}
