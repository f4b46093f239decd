import { sameShape } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { findKernel } from './registry.ts'

/** Whether what follows a convolution would be computed by it, in blocks of channels: a form that ends with another op loses that. */
export function isJoinedBehind({ node, onlyReader }: LowerContext<never>): boolean {
  const [result] = node.outputs as [(typeof node.outputs)[number]]
  const reader = onlyReader(result)
  if (reader === undefined || !findKernel(reader.op)?.joinsConvolution) return false
  return reader.inputs.every((input) => input !== undefined && sameShape(input.shape, result.shape))
}
