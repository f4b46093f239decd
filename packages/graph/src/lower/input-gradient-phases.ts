import { sizeOf, type Value } from '../ir/index.ts'
import type { LowerContext, Placed } from './context.ts'
import { gatherRows, positions } from './im2col.ts'
import type { Window } from './window.ts'

/**
 * Matrix products over gathered rows of dy. With a stride, pixels fall into phases that see different taps; each phase is a product of
 * its own, so nothing is multiplied with zeros.
 */
export function inputGradientByPhases<A>(context: LowerContext<A>, window: Window): Placed {
  const { builder, node } = context
  const dy = context.input('dy')
  const filter = context.logical('filter').shape as readonly number[]
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  const taps = positions(window.kernel)
  // One matrix [outputs, inputs] per tap.
  const perTap = builder.transpose(
    builder.reshape(context.input('filter'), [taps.length, inputs, outputs]),
    [0, 2, 1],
  )
  const { shape } = node.outputs[0]!
  const batch = Number(shape[0])
  const parts: Value[] = []
  const order: number[] = []
  for (const phase of positions(window.strides)) {
    const space = window.input.map((size, axis) =>
      Math.ceil((size - phase[axis]!) / window.strides[axis]!),
    )
    // A stride past the image leaves phases without a pixel.
    if (space.some((size) => size === 0)) continue
    const used = [...taps.keys()].filter((tap) =>
      taps[tap]!.every(
        (offset, axis) =>
          (phase[axis]! + window.before[axis]! - offset) % window.strides[axis]! === 0,
      ),
    )
    for (const position of positions(space)) order.push(rowAt(position, phase, window))
    parts.push(
      phaseProduct(context, window, {
        dy,
        perTap,
        phase,
        space,
        taps: used.map((tap) => taps[tap]!),
        used,
        batch,
      }),
    )
  }
  if (parts.length === 1) return { value: builder.reshape(parts[0]!, shape), layout: 'last' }
  const inverse = Array<number>(order.length)
  for (const [index, row] of order.entries()) inverse[row] = index
  const all = builder.concat(parts, 1)
  return {
    value: builder.reshape(builder.gather(all, builder.ints(inverse), 1), shape),
    layout: 'last',
  }
}

interface Phase {
  readonly dy: Value
  readonly perTap: Value
  readonly phase: readonly number[]
  readonly space: readonly number[]
  readonly taps: readonly (readonly number[])[]
  readonly used: readonly number[]
  readonly batch: number
}

/** The pixels of one phase: [batch, pixels, inputs]. */
function phaseProduct<A>(context: LowerContext<A>, window: Window, part: Phase): Value {
  const { builder } = context
  const inputs = Number(part.perTap.shape[2])
  const outputs = Number(part.perTap.shape[1])
  const pixels = Number(sizeOf(part.space))
  if (part.used.length === 0) return builder.ones(0, [part.batch, pixels, inputs])
  const rows = gatherRows(builder, part.dy, part.space, [part.taps.length], (position, [tap]) =>
    position.map((at, axis) => {
      const stride = window.strides[axis]!
      return (
        (at * stride + part.phase[axis]! + window.before[axis]! - part.taps[tap!]![axis]!) / stride
      )
    }),
  )
  const all = part.used.length === Number(part.perTap.shape[0])
  const weights = all ? part.perTap : builder.gather(part.perTap, builder.ints(part.used), 0)
  const product = builder.matMul(
    rows,
    builder.reshape(weights, [part.used.length * outputs, inputs]),
  )
  return builder.reshape(product, [part.batch, pixels, inputs])
}

function rowAt(position: readonly number[], phase: readonly number[], window: Window): number {
  return position.reduce(
    (row, at, axis) => row * window.input[axis]! + at * window.strides[axis]! + phase[axis]!,
    0,
  )
}
