import * as tf from '@tensorflow/tfjs'

/**
 * Runs a graph with tensors that tfjs keeps safe from being disposed meanwhile. tfjs 4.22 disposes the elements of TensorLists at the end of the function
 * that wrote them, although it has marked them to be kept, and then reads them.
 */
export async function keepKept(run: () => Promise<tf.Tensor[]>): Promise<tf.Tensor[]> {
  const { prototype } = tf.Tensor
  const dispose = prototype.dispose
  const spared = new Set<tf.Tensor>()
  prototype.dispose = function (this: tf.Tensor) {
    if ((this as unknown as { readonly kept: boolean }).kept) spared.add(this)
    else dispose.call(this)
  }
  try {
    const results = await run()
    for (const result of results) spared.delete(result)
    return results
  } finally {
    prototype.dispose = dispose
    for (const tensor of spared) tensor.dispose()
  }
}
