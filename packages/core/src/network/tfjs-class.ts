import * as tf from '@tensorflow/tfjs'

/** A class of layers of tfjs, which gives them out under their names alone: `GRUCell`, `BatchNormalization`. The name must be one that tfjs knows. */
export function tfjsClass<Layer, Args = object>(name: string): new (args: Args) => Layer {
  const [type] = tf.serialization.SerializationMap.getMap().classNameMap[name]!
  return type as unknown as new (
    args: Args,
  ) => Layer
}
