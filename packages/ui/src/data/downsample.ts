/** Numbers over steps, both in the order of steps. */
export interface Points {
  readonly steps: readonly number[]
  readonly values: readonly number[]
}

/** A part of an axis; both ends belong to it. */
export interface Window {
  readonly from: number
  readonly to: number
}

/**
 * The points of a window, at most about `most` of them: where there are more, the smallest and the largest of each of `most / 2` equal parts, so that no
 * peak is lost. One point beyond each end is kept, for the lines that lead out.
 */
export function downsample(points: Points, most: number, window?: Window): Points {
  const [first, last] = rangeIn(points.steps, window)
  const { steps, values } = points
  if (last - first <= most) {
    return { steps: steps.slice(first, last), values: values.slice(first, last) }
  }
  const parts = Math.max(1, Math.floor(most / 2))
  const kept: number[] = [first]
  for (let part = 0; part < parts; part++) {
    const begin = first + Math.floor((part * (last - first)) / parts)
    const end = first + Math.floor(((part + 1) * (last - first)) / parts)
    let [low, high] = [begin, begin]
    for (let i = begin; i < end; i++) {
      if (values[i]! < values[low]!) low = i
      if (values[i]! > values[high]!) high = i
    }
    for (const place of low < high ? [low, high] : [high, low]) {
      if (place > kept.at(-1)!) kept.push(place)
    }
  }
  if (kept.at(-1)! < last - 1) kept.push(last - 1)
  return { steps: kept.map((i) => steps[i]!), values: kept.map((i) => values[i]!) }
}

/**
 * Means over equal parts of a window, at the middles of the parts: one grid for any number of series, so that many of them can lie over each other cheaply.
 * Parts without a point are null.
 */
export function means(
  { steps, values }: Points,
  parts: number,
  { from, to }: Window,
): (number | null)[] {
  const sums = new Float64Array(parts)
  const counts = new Uint32Array(parts)
  const width = (to - from) / parts || 1
  for (let i = lowerBound(steps, from); i < steps.length && steps[i]! <= to; i++) {
    const part = Math.min(parts - 1, Math.floor((steps[i]! - from) / width))
    sums[part]! += values[i]!
    counts[part]!++
  }
  return Array.from(sums, (sum, part) => (counts[part] === 0 ? null : sum / counts[part]!))
}

/** The middles of the parts of {@link means}. */
export function gridOf(parts: number, { from, to }: Window): number[] {
  const width = (to - from) / parts || 1
  return Array.from({ length: parts }, (_, part) => from + (part + 0.5) * width)
}

function rangeIn(steps: readonly number[], window: Window | undefined): [number, number] {
  if (window === undefined) return [0, steps.length]
  const first = Math.max(0, lowerBound(steps, window.from) - 1)
  let last = lowerBound(steps, window.to)
  // Those at the end of the window itself, and one more.
  while (last < steps.length && steps[last]! <= window.to) last++
  return [first, Math.min(steps.length, last + 1)]
}

/** The first place whose step is not before the given one. */
function lowerBound(steps: readonly number[], step: number): number {
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]! < step) low = middle + 1
    else high = middle
  }
  return low
}
