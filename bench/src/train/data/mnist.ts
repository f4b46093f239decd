import { type ArraySamples, inMemory, instantiate, loadSamples } from '@ashlar/core'
import { mnist } from '@ashlar/datasets'

/**
 * The first training images of MNIST.
 *
 * @param inputShape how a network takes an image of 28 x 28.
 */
export async function mnistImages(
  length: number,
  inputShape: readonly number[],
): Promise<ArraySamples> {
  const train = inMemory((await loadSamples(instantiate(mnist))).train)
  const count = Math.min(length, train.length)
  return {
    inputs: train.inputs.subarray(0, count * 784),
    labels: train.labels.subarray(0, count),
    length: count,
    info: { ...train.info, inputShape },
  }
}
