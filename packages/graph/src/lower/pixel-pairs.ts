import { sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import type { Window } from './window.ts'
import { indexList, rowAt } from './window-rows.ts'

/*
 * A convolution over images so small that most of what its windows see is padding: of the 36 pixels and taps that 2 x 2 windows of 3 x 3 over 2 x 2 pixels bring
 * together, 16 are inside. Each tap's weights are multiplied with the pixels that it does see, as many for each tap, so that all taps are one batch of matrix products that
 * reads the filter as it lies; what few taps see more of is a second batch.
 */

/** A pixel that is multiplied, and the one that the product is added to. */
interface Pair {
  readonly from: number
  readonly to: number
}

/** Some pairs of one tap: a matrix product. */
interface Piece {
  readonly tap: number
  readonly pairs: readonly Pair[]
}

/** Which products make up a convolution, and what they cost. */
export interface PairPlan {
  /** One for each tap, in their order, then those of taps with more pairs. */
  readonly pieces: readonly Piece[]
  readonly taps: number
  /** Most pairs of a piece: all products are of this many pixels of each image. */
  readonly size: number
  /** Pixels of an image that is given, and of one that results. */
  readonly from: number
  readonly to: number
  /** Estimated share of the time that a product over whole windows takes. */
  readonly share: number
}

/** A convolution: its window and its sizes. */
export interface PairSizes {
  readonly window: Window
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
}

/** Multiply-adds that take as long as laying out a weight for a matrix product, or copying one. */
const LAID_OUT = 40

/** The same for a number of an image that is gathered or added up. */
const MOVED = 15

/** The same for the nodes that this takes more of. */
const NODES = 8e6

/** Where more of the pixels and taps meet, there is nothing to gain. */
const MOST_MET = 0.7

/** Where each pair's numbers are and go is written into the graph: of more of them, images are not small. */
const MOST_PAIRS = 2 ** 17

/** Plans of a larger share than this are not taken unmeasured. */
const WORTH_IT = 0.85

/** Whether single pairs may be quicker than whole windows. */
export function isWorthPairing(plan: PairPlan | undefined): boolean {
  return plan !== undefined && plan.share < 1
}

/** Whether they are likely quicker. */
export function arePairsQuicker(plan: PairPlan | undefined): boolean {
  return plan !== undefined && plan.share < WORTH_IT
}

/**
 * The quickest way to cut a convolution's pairs into products of as many each.
 *
 * @param sizes with a window that has no taps that only meet padding.
 * @param isTurned for the gradient by the input: pixels of the output are multiplied, and products added to those of the input.
 * @returns undefined where most pixels and taps meet, a tap meets none, or there are too many of them.
 */
export function pairPlan(sizes: PairSizes, isTurned = false): PairPlan | undefined {
  const { window, batch } = sizes
  const met = metByAxis(window)
  if (batch === 0 || shareMet(window, met) > MOST_MET) return undefined
  const counts = positions(window.kernel).map((tap) =>
    tap.reduce((product, each, axis) => product * met[axis]![each]!, 1),
  )
  if (counts.includes(0)) return undefined
  // Only counted: to list the pairs of each size would take as long as all of them squared.
  const costs = costsOf(sizes, counts)
  const size = costs.reduce((least, cost, at) => (cost < costs[least]! ? at : least), 0) + 1
  const products = counts.reduce((sum, count) => sum + Math.ceil(count / size), 0)
  if (products * size * batch > MOST_PAIRS) return undefined
  const cut = positions(window.kernel).map((place, tap) =>
    piecesOf(pairsOf(window, place, isTurned), tap, size),
  )
  const pieces = [...cut.map(([first]) => first!), ...cut.flatMap(([, ...rest]) => rest)]
  const [input, windows] = [Number(sizeOf(window.input)), Number(sizeOf(window.output))]
  const [from, to] = isTurned ? [windows, input] : [input, windows]
  const share = costs[size - 1]! / costOfWindows(sizes)
  return { pieces, taps: counts.length, size, from, to, share }
}

/** What a product over whole windows takes. */
function costOfWindows({ window, batch, inputs, outputs }: PairSizes): number {
  const [taps, windows] = [Number(sizeOf(window.kernel)), Number(sizeOf(window.output))]
  const weights = inputs * outputs
  return (
    taps * (windows * batch * (weights + MOVED * Math.min(inputs, outputs)) + weights * LAID_OUT)
  )
}

/**
 * The same of products of each number of pairs, from one on.
 *
 * @param counts pairs of each tap.
 */
function costsOf({ batch, inputs, outputs }: PairSizes, counts: readonly number[]): number[] {
  const weights = inputs * outputs
  const taps = new Map<number, number>()
  for (const count of counts) taps.set(count, (taps.get(count) ?? 0) + 1)
  return Array.from({ length: Math.max(...taps.keys()) }, (_, at) => {
    const size = at + 1
    let pieces = 0
    for (const [count, times] of taps) pieces += times * Math.ceil(count / size)
    const products = pieces * size * batch * weights
    const laidOut = (2 * pieces - counts.length) * weights
    const moved = pieces * size * batch * (inputs + outputs + 2 * Math.max(inputs, outputs))
    return products + LAID_OUT * laidOut + MOVED * moved + NODES
  })
}

/** The pairs of one tap. */
function pairsOf(window: Window, tap: readonly number[], isTurned: boolean): Pair[] {
  return positions(window.output).flatMap((position, at): Pair[] => {
    const pixel = rowAt(position, tap, window)
    if (pixel === undefined) return []
    return [isTurned ? { from: at, to: pixel } : { from: pixel, to: at }]
  })
}

/**
 * The sum of all products.
 *
 * @param x channels last: what is multiplied.
 * @param filter [...kernel, inputs, outputs], with the taps of the plan.
 * @param isTurned see `pairPlan`.
 * @returns [batch * pixels, channels]
 */
export function pairProducts(
  builder: OnnxBuilder,
  { x, filter }: { readonly x: Value; readonly filter: Value },
  plan: PairPlan,
  isTurned = false,
): Value {
  const { pieces, taps, size, from, to } = plan
  const [inputs, outputs] = filter.shape.slice(-2) as readonly number[] as [number, number]
  const [batch, channels] = [Number(x.shape[0]), Number(x.shape.at(-1))]
  const width = isTurned ? inputs : outputs
  const rows = builder.reshape(x, [batch * from, channels])
  const weights = builder.reshape(filter, [taps, inputs, outputs])
  const times = (some: readonly Piece[], matrices: Value): Value => {
    const index = some.flatMap(({ pairs }) =>
      Array.from({ length: size }, (_, at) => pairs[Math.min(at, pairs.length - 1)]!.from).flatMap(
        (pixel) => ofImages(batch, (image) => image * from + pixel),
      ),
    )
    const gathered = builder.gather(rows, indexList(builder, index, 'int32'), 0)
    const left = builder.reshape(gathered, [some.length, size * batch, channels])
    const product = builder.node(
      'FusedMatMul',
      [left, matrices],
      isTurned ? { transB: 1 } : {},
      { shape: [some.length, size * batch, width], dtype: x.dtype },
      'com.microsoft',
    )
    return builder.reshape(product, [some.length * size * batch, width])
  }
  const parts = [times(pieces.slice(0, taps), weights)]
  const more = pieces.slice(taps)
  if (more.length > 0) {
    const index = indexList(
      builder,
      more.map(({ tap }) => tap),
      'int32',
    )
    parts.push(times(more, builder.gather(weights, index, 0)))
  }
  const sources = sourcesOf(plan)
  const depth = sources.reduce((most, { length }) => Math.max(most, length), 0)
  const nothing = pieces.length * size * batch
  if (sources.some((each) => each.length < depth)) parts.push(builder.full(0, [1, width]))
  const all = parts.length === 1 ? parts[0]! : builder.concat(parts, 0)
  const index = Array.from({ length: depth }, (_, at) =>
    ofImages(batch, (image) =>
      sources.map((each) => (at < each.length ? each[at]! * batch + image : nothing)),
    ).flat(),
  ).flat()
  const terms = builder.gather(all, indexList(builder, index, 'int32'), 0)
  if (depth === 1) return terms
  return builder.reduce('ReduceSum', builder.reshape(terms, [depth, batch * to, width]), [0], false)
}

/** With how many pixels each tap meets, along each axis. */
function metByAxis({ kernel, strides, dilations, before, input, output }: Window): number[][] {
  return kernel.map((taps, axis) =>
    Array.from({ length: taps }, (_, tap) => {
      let met = 0
      for (let at = 0; at < output[axis]!; at++) {
        const pixel = at * strides[axis]! + tap * dilations[axis]! - before[axis]!
        if (pixel >= 0 && pixel < input[axis]!) met++
      }
      return met
    }),
  )
}

/** How many of all pixels and taps of windows meet inside of the image. */
function shareMet({ output }: Window, met: readonly (readonly number[])[]): number {
  return met.reduce((share, counts, axis) => {
    const total = counts.reduce((sum, each) => sum + each, 0)
    return (share * total) / (counts.length * output[axis]!)
  }, 1)
}

function piecesOf(pairs: readonly Pair[], tap: number, size: number): Piece[] {
  return Array.from({ length: Math.ceil(pairs.length / size) }, (_, at) => ({
    tap,
    pairs: pairs.slice(at * size, (at + 1) * size),
  }))
}

/** For each pixel that results, which products are added up, counted over all pieces. */
function sourcesOf({ pieces, size, to }: PairPlan): readonly (readonly number[])[] {
  const sources: number[][] = Array.from({ length: to }, () => [])
  for (const [index, { pairs }] of pieces.entries()) {
    for (const [at, pair] of pairs.entries()) sources[pair.to]!.push(index * size + at)
  }
  return sources
}

function ofImages<T>(batch: number, of: (image: number) => T): T[] {
  return Array.from({ length: batch }, (_, image) => of(image))
}
