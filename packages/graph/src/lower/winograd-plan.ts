import type { Window } from './window.ts'
import { MOST_REACH } from './winograd-matrices.ts'

/** How an axis is cut into tiles. */
export interface WinogradAxis {
  readonly taps: number
  /** Results of a tile. */
  readonly tile: number
  /** Numbers that a tile is made of; as many products. */
  readonly reach: number
  /** Number of tiles. */
  readonly count: number
}

/** Tiles of both axes, and what they cost. */
export interface WinogradPlan {
  readonly axes: readonly [WinogradAxis, WinogradAxis]
  /** Estimated share of the time that a direct convolution takes. */
  readonly share: number
}

/** A convolution: its window and its sizes. */
export interface WinogradSizes {
  readonly window: Window
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
}

/** Multiply-adds that take as long as moving one number from a matrix to the next. */
const MOVED = 35

/** Plans of a larger share than this are not worth a measurement. */
const WORTH_TRYING = 1.6

/** Plans of a larger share than this are not taken unmeasured: what lies around may want blocks of channels, and estimates are estimates. */
const WORTH_IT = 0.85

/** Numbers that tiles are made of for each pixel: fewer than this. They are what a step holds in the place of the image. Tiles of 4 x 4 and filters of 3 x 3 have 2.25 where they fit the image. */
const MOST_GROWTH = 3

/** Whether tiles may be quicker than a direct convolution. */
export function isWorthTrying(plan: WinogradPlan | undefined): boolean {
  return plan !== undefined && plan.share < WORTH_TRYING
}

/** Whether tiles are likely quicker. */
export function isWorthTiles(plan: WinogradPlan | undefined): boolean {
  return plan !== undefined && plan.share < WORTH_IT
}

/**
 * How a convolution without stride is best cut into tiles. The larger they are, the fewer products and the less is moved to and fro, but for what
 * reaches over the image's edge.
 *
 * @returns undefined where tiles save no products, or take too much memory.
 */
export function winogradPlan(sizes: WinogradSizes): WinogradPlan | undefined {
  const { window } = sizes
  const hasGaps = [...window.strides, ...window.dilations].some((each) => each !== 1)
  if (window.kernel.length !== 2 || hasGaps) return undefined
  const [rows, columns] = window.kernel.map((taps, axis) => cuts(taps, window.output[axis]!))
  const all = rows!
    .flatMap((row) => columns!.map((column) => [row, column] as const))
    .filter((axes) => growthOf(axes, window) < MOST_GROWTH)
  const { batch, inputs, outputs } = sizes
  const windows = batch * window.output[0]! * window.output[1]!
  const direct = windows * window.kernel[0]! * window.kernel[1]! * inputs * outputs
  const plans = all.map((axes) => ({ axes, share: costOf(axes, sizes) / direct }))
  const best = plans.reduce<WinogradPlan | undefined>(
    (least, plan) => (least === undefined || plan.share < least.share ? plan : least),
    undefined,
  )
  return best?.axes.some(({ tile }) => tile > 1) ? best : undefined
}

/** All ways for an axis. One tap needs no tiles. */
function cuts(taps: number, results: number): WinogradAxis[] {
  const most = taps === 1 ? 1 : Math.min(MOST_REACH - taps + 1, Math.max(results, 1))
  return Array.from({ length: Math.max(most, 0) }, (_, index) => ({
    taps,
    tile: index + 1,
    reach: index + taps,
    count: Math.ceil(results / (index + 1)),
  }))
}

function growthOf(axes: WinogradPlan['axes'], { output }: Window): number {
  return axes.reduce((all, { reach, count }, axis) => (all * reach * count) / output[axis]!, 1)
}

function costOf(
  [rows, columns]: readonly [WinogradAxis, WinogradAxis],
  { window, batch, inputs, outputs }: WinogradSizes,
): number {
  const reach = rows.reach * columns.reach
  const tiles = batch * rows.count * columns.count
  const pixels = batch * window.output[0]! * window.output[1]!
  // Gathered and transformed, and transformed back and put in their places.
  const moved = tiles * reach * (3 * inputs + 2 * outputs) + pixels * (inputs + 2 * outputs)
  const products = tiles * reach * inputs * outputs
  return products + MOVED * (moved + 2 * reach * inputs * outputs)
}
