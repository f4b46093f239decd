import * as tf from '@tensorflow/tfjs'
import type { EngineSession } from '../engines/engine.ts'

/** Runs `fn` while the engine and the model have the averages in place of their weights. */
export async function withAverages<T>(
  session: EngineSession,
  averages: ReadonlyMap<tf.Variable, tf.Variable>,
  fn: () => Promise<T>,
): Promise<T> {
  if (averages.size === 0) return fn()
  session.download()
  const before = [...averages.keys()].map((variable) => tf.clone(variable))
  try {
    takeAverages(averages)
    session.upload()
    return await fn()
  } finally {
    for (const [index, variable] of [...averages.keys()].entries()) {
      variable.assign(before[index]!)
      before[index]!.dispose()
    }
    session.upload()
  }
}

/** Makes each weight that has an average equal to it. */
export function takeAverages(averages: ReadonlyMap<tf.Variable, tf.Variable>): void {
  for (const [variable, average] of averages) {
    const copy = tf.clone(average)
    variable.assign(copy)
    copy.dispose()
  }
}

/** The moving average after an update; the first one is the weight itself, as in Keras. */
export function averaging(
  momentum: number | undefined,
  time: tf.Tensor,
): ((average: tf.Tensor, value: tf.Tensor) => tf.Tensor) | undefined {
  if (momentum === undefined) return undefined
  const kept = tf.mul(tf.minimum(tf.sub(time, 1), 1), momentum)
  return (average, value) => tf.add(value, tf.mul(tf.sub(average, value), kept))
}
