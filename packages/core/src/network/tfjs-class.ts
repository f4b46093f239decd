import * as tf from '@tensorflow/tfjs'

/** A class of layers of tfjs, which gives them out under their names alone: `GRUCell`, `BatchNormalization`. The name must be one that tfjs knows. Where one of ours stands under it, it is tfjs's own, from which ours is derived. */
export function tfjsClass<Layer, Args = object>(name: string): new (args: Args) => Layer {
  const [type] = tf.serialization.SerializationMap.getMap().classNameMap[name]!
  const base = Object.getPrototypeOf(type) as { className?: string }
  return (base.className === name ? base : type) as unknown as new (
    args: Args,
  ) => Layer
}
