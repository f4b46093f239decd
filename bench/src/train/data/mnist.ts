import { instantiate, loadSamples, type PlainSamples, theOnly } from '@ashlar/core'
import { mnist } from '@ashlar/datasets'

/**
 * The first training images of MNIST.
 *
 * @param inputShape how a network takes an image of 28 x 28.
 */
export async function mnistImages(
  length: number,
  inputShape: readonly number[],
): Promise<PlainSamples> {
  const { train } = await loadSamples(instantiate(mnist))
  const count = Math.min(length, train.length)
  return {
    inputs: theOnly('mnist', train.inputs).subarray(0, count * 784),
    labels: theOnly('mnist', train.labels).subarray(0, count),
    length: count,
    info: { ...train.info, inputShape },
  }
}
