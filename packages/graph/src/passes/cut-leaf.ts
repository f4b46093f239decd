import { constantData, type Node, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'

/**
 * Cuts a tensor, seen flat, at the given bounds. What a Pad has put round a gradient is not written out first: pieces of zeros are one
 * constant, and the others come from what was padded.
 *
 * @param bounds from 0 to the tensor's size, multiples of {@link unitOf}.
 */
export function cutLeaf(builder: OnnxBuilder, leaf: Value, bounds: readonly number[]): Value[] {
  const sizes = bounds.slice(1).map((end, index) => end - bounds[index]!)
  const padded = paddedUnits(leaf)
  if (padded === undefined) return split(builder, leaf, sizes)
  const { source, unit, sourceOf } = padded
  const flat = builder.reshape(source, [Number(sizeOf(source.shape))])
  const slice = (first: number, last: number) =>
    builder.slice(flat, [0], [first * unit], [last * unit], [(last - first) * unit])
  return sizes.map((size, index) => {
    const first = bounds[index]! / unit
    const parts = runs(Array.from({ length: size / unit }, (_, at) => sourceOf(first + at)))
    const values = parts.map(({ start, length }) =>
      start === undefined ? builder.ones(0, [length * unit]) : slice(start, start + length),
    )
    return values.length === 1 ? values[0]! : builder.concat(values, 0)
  })
}

/** Whether pieces of a tensor come from what was padded. */
export function isCutFromPadded(leaf: Value): boolean {
  return paddedUnits(leaf) !== undefined
}

/** Elements that stay together: a filter's matrix of one tap, [inputs, outputs]. */
export function unitOf({ shape }: Value, largest: number): number {
  const unit = Number(sizeOf(shape.slice(-2)))
  return shape.length > 2 && unit <= largest ? unit : 1
}

function split(builder: OnnxBuilder, leaf: Value, sizes: readonly number[]): Value[] {
  const flat = builder.reshape(leaf, [Number(sizeOf(leaf.shape))])
  const specs = sizes.map((length) => ({ shape: [length], dtype: leaf.dtype }))
  return builder.nodes('Split', [flat, builder.ints(sizes)], { axis: 0 }, specs)
}

interface PaddedUnits {
  /** What was padded. */
  readonly source: Value
  readonly unit: number
  /** Which unit of the source stands at a unit of the result; undefined for zeros. */
  sourceOf(unit: number): number | undefined
}

/** A tensor that is a filter's gradient with zeros round its taps. */
function paddedUnits(leaf: Value): PaddedUnits | undefined {
  const pad = leaf.node
  if (!isZeroPad(pad)) return undefined
  const [source, pads] = pad.inputs as [Value, Value]
  const axes = leaf.shape.length - 2
  const before = Array.from(constantData(pads) ?? [], Number)
  const isOfTaps =
    axes > 0 && before.every((side, index) => side === 0 || index % (axes + 2) < axes)
  if (before.length === 0 || !isOfTaps || before.some((side) => side < 0)) return undefined
  const whole = leaf.shape as readonly number[]
  const inner = source.shape as readonly number[]
  return {
    source,
    unit: whole[axes]! * whole[axes + 1]!,
    sourceOf(unit) {
      let rest = unit
      let index = 0
      let factor = 1
      for (let axis = axes - 1; axis >= 0; axis--) {
        const at = (rest % whole[axis]!) - before[axis]!
        if (at < 0 || at >= inner[axis]!) return undefined
        index += at * factor
        factor *= inner[axis]!
        rest = Math.floor(rest / whole[axis]!)
      }
      return index
    },
  }
}

function isZeroPad(node: Node | undefined): node is Node {
  const isPad = node?.domain === '' && node.op === 'Pad' && node.inputs.length === 2
  return isPad && (node.attrs.mode ?? 'constant') === 'constant'
}

/** Neighbours in the source as one run; its start is undefined for zeros. */
function runs(sources: readonly (number | undefined)[]) {
  const found: { readonly start: number | undefined; length: number }[] = []
  for (const source of sources) {
    const last = found.at(-1)
    const next = last?.start === undefined ? undefined : last.start + last.length
    if (last !== undefined && source === next) last.length++
    else found.push({ start: source, length: 1 })
  }
  return found
}
