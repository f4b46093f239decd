import * as tf from '@tensorflow/tfjs'

type LayerClass = tf.serialization.SerializableConstructor<tf.serialization.Serializable>

/**
 * Makes the layers that a module exports known to `loadTfjsModel`: every class that extends `tf.layers.Layer` and has a static `className`.
 *
 * @returns their names, in the order of the module.
 */
export function registerCustomLayers(module: Readonly<Record<string, unknown>>): string[] {
  return Object.values(module)
    .filter(isLayerClass)
    .map((layer) => {
      tf.serialization.registerClass(layer)
      return layer.className
    })
}

function isLayerClass(value: unknown): value is LayerClass {
  if (typeof value !== 'function' || !(value.prototype instanceof tf.layers.Layer)) return false
  return Object.hasOwn(value, 'className')
}
