import type { Emit, Node, Value } from '../../ir/index.ts'

/** Numbers that stay in the cache from one kernel to the next. */
const CACHED = 1 << 19

/** Parts of a batch that are worth the nodes they take. */
const MOST_PARTS = 32

/**
 * The larger convolution has as many outputs as there are taps to a pixel, so it goes over a few images at a time: a divisor of the batch that keeps its
 * numbers in the cache, in whole blocks where the batch has these.
 */
export function imagesAtATime(batch: number, perImage: number, block: number): number {
  const unit = batch % block === 0 ? block : 1
  const least = Math.max(CACHED / perImage, batch / MOST_PARTS)
  for (let images = unit; images < batch; images += unit) {
    if (batch % images === 0 && images >= least) return images
  }
  return batch
}

/** Some images of a batch. */
export function imagesOf(emit: Emit, x: Value, start: number, images: number): Value {
  const [batch, ...rest] = x.shape
  if (batch === images) return x
  const shape = [images, ...rest]
  const begin = shape.map((_, axis) => (axis === 0 ? start : 0))
  return emit('Slice', { x }, shape, { begin, size: shape })
}

/** Makes the last kernel compute a value that is there already. */
export function giveOutput(nodes: readonly Node[], output: Value): void {
  const last = nodes.at(-1)!
  last.outputs[0] = output
  output.node = last
}
