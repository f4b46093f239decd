import { binaryKernels } from './binary.ts'
import { registerKernels } from './registry.ts'
import { unaryKernels } from './unary.ts'

let done = false

/** Fills the op table with Ashlar's own declarations, once. This is the only list of families. */
export function registerOps(): void {
  if (done) return
  done = true
  for (const family of [unaryKernels, binaryKernels]) registerKernels(family)
}
