import { constant, filled, sizeOf, staticShape, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'

/**
 * The rows that each window sees, side by side: [batch, ...space, channels] to [batch * windows, taps * channels].
 *
 * A Gather of whole rows of channels moves memory at full speed; windows that reach over the edge read a row of zeros. The result
 * turns a convolution into one matrix product (Chellapilla et al. 2006), and the same rows serve the gradient by the weights.
 */
export function im2col(builder: OnnxBuilder, x: Value, window: Window): Value {
  const { kernel, strides, dilations, before } = window
  return gatherRows(builder, x, window.output, kernel, (position, tap) =>
    position.map((at, axis) => at * strides[axis]! - before[axis]! + tap[axis]! * dilations[axis]!),
  )
}

/** Rows of `x` for each output position and tap; `source` says which, outside of `x` are zeros. */
export function gatherRows(
  builder: OnnxBuilder,
  x: Value,
  output: readonly number[],
  taps: readonly number[],
  source: (position: readonly number[], tap: readonly number[]) => readonly (number | undefined)[],
): Value {
  const [batch, ...rest] = staticShape(x.shape, builder.scope || 'gradient of a convolution') as [
    number,
    ...number[],
  ]
  const channels = rest.at(-1)!
  const space = rest.slice(0, -1)
  const rows = Number(sizeOf(space))
  const indices = new Int32Array(Number(sizeOf(output)) * Number(sizeOf(taps)))
  let at = 0
  let reachesOver = false
  let isIdentity = true
  const tapPositions = positions(taps)
  for (const position of positions(output)) {
    for (const tap of tapPositions) {
      const row = rowOf(source(position, tap), space)
      if (row === undefined) reachesOver = true
      if (row !== at) isIdentity = false
      indices[at++] = row ?? rows
    }
  }
  const windows = Number(sizeOf(output))
  const width = Number(sizeOf(taps)) * channels
  const shape = [batch * windows, width]
  if (isIdentity && indices.length === rows) return builder.reshape(x, shape)
  let flat = builder.reshape(x, [batch, rows, channels])
  if (reachesOver) {
    const zeros = builder.shared(`zero rows ${batch} ${channels}`, () =>
      filled(0, [batch, 1, channels], 'float32'),
    )
    flat = builder.concat([flat, zeros], 1)
  }
  const index = builder.shared(`rows ${indices.join()}`, () =>
    constant(indices, [indices.length], 'int32'),
  )
  return builder.reshape(builder.gather(flat, index, 1), shape)
}

/** All positions of a grid in row-major order. */
export function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (found, size) =>
      found.flatMap((start) => Array.from({ length: size }, (_, at) => [...start, at])),
    [[]],
  )
}

function rowOf(
  position: readonly (number | undefined)[],
  sizes: readonly number[],
): number | undefined {
  let row = 0
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis]!
    const at = position[axis]
    if (at === undefined || at < 0 || at >= size) return undefined
    row = row * size + at
  }
  return row
}
