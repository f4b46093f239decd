import { ShapeError } from '@ashlar/errors'
import { currentScope } from '@ashlar/graph'
import type { Tensor } from '@tensorflow/tfjs'

/**
 * Refuses an input that a block cannot be added to.
 *
 * @throws ShapeError when `x` is not `width` channels wide.
 */
export function requireWidth(x: Tensor, width: number, block: string, hint: string): void {
  if (x.shape.at(-1) === width) return
  throw new ShapeError({
    where: currentScope() || block,
    expected: `the input must be ${width} channels wide, as the block is`,
    given: x.shape,
    hint,
  })
}
