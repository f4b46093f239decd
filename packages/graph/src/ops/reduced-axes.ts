/** What tfjs calls its reductions with. */
export interface ReductionAttrs {
  readonly axis?: number | readonly number[] | null
  /** What Max calls its axes. */
  readonly reductionIndices?: number | readonly number[] | null
  readonly keepDims?: boolean
}

/** The axes that are reduced, counted from the first. */
export function reducedAxes(attrs: ReductionAttrs, rank: number): number[] {
  const axis = attrs.axis ?? attrs.reductionIndices
  if (axis == null) return Array.from({ length: rank }, (_, each) => each)
  const axes = typeof axis === 'number' ? [axis] : [...axis]
  return axes.map((each) => (each < 0 ? each + rank : each))
}

/** Whether the last axis alone is left of several. */
export function leavesChannels(attrs: ReductionAttrs, rank: number): boolean {
  const axes = reducedAxes(attrs, rank)
  return rank > 1 && axes.length === rank - 1 && !axes.includes(rank - 1)
}

/** Whether all axes between the first and the last are reduced, and these are left. */
export function leavesImages(attrs: ReductionAttrs, rank: number): boolean {
  const axes = new Set(reducedAxes(attrs, rank))
  return rank > 2 && axes.size === rank - 2 && !axes.has(0) && !axes.has(rank - 1)
}
