import * as tf from '@tensorflow/tfjs'

/** What tfjs keeps to itself of a LayersModel. The tests check this against the pinned tfjs. */
interface Predicting {
  predictLoop(inputs: tf.Tensor | tf.Tensor[], batchSize: number, verbose: boolean): unknown
}

/**
 * Lets `predict` of tfjs's models take a batch as it is, while a program is captured: by itself it goes through a batch in parts of 32, which would be another program
 * for each size. Returns what puts things back.
 */
export function predictWholeBatches(): () => void {
  const prototype = tf.LayersModel.prototype as unknown as Predicting
  const { predictLoop } = prototype
  prototype.predictLoop = function (this: Predicting, inputs, batchSize, verbose) {
    const [first] = Array.isArray(inputs) ? inputs : [inputs]
    return predictLoop.call(this, inputs, Math.max(batchSize, first?.shape[0] ?? 1), verbose)
  }
  return () => {
    prototype.predictLoop = predictLoop
  }
}
