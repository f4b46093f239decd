import { type Node, sizeOf } from '../ir/index.ts'
import type { Piece } from './structure.ts'

/**
 * Times in units of one element of an elementwise kernel in JavaScript, about 5 ns on the machine where they were measured. They decide only
 * where a piece runs, so they are constants rather than clocks: the same program takes the same decisions on every run.
 */
const KERNEL_CALL = 1_000
const RUN = 4_000
const RUN_PER_KERNEL = 400
const COMPILE = 100_000
const COMPILE_PER_KERNEL = 20_000

/** What a piece costs with tfjs's kernels in JavaScript. */
export function costInJavaScript({ nodes }: Piece): number {
  return nodes.reduce((sum, node) => sum + KERNEL_CALL + elements(node), 0)
}

/** What onnxruntime saves each time, as far as calls are concerned: below zero for a few small kernels, which are never worth a session. */
export function savedByRun(piece: Piece): number {
  return costInJavaScript(piece) - RUN - RUN_PER_KERNEL * piece.nodes.length
}

/** What it costs to make a session for a piece. */
export function costOfSession({ nodes }: Piece): number {
  return COMPILE + COMPILE_PER_KERNEL * nodes.length
}

/**
 * The elements that a kernel goes over: all that it reads and writes; where that is more, the geometric mean of its two largest inputs times
 * its output. For a matrix product that is exact, [m, k] x [k, n] -> m k n, and for a convolution close.
 */
function elements({ inputs, outputs }: Node): number {
  const sizes = inputs.map((input) => (input === undefined ? 0 : Number(sizeOf(input.shape))))
  const written = outputs.reduce((sum, { shape }) => sum + Number(sizeOf(shape)), 0)
  const [first = 0, second = 0] = sizes.toSorted((a, b) => b - a)
  const moved = sizes.reduce((sum, size) => sum + size, written)
  return Math.max(moved, Math.sqrt(first * second * written))
}
