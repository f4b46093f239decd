import { constant, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'

/**
 * Windows over the planes of volumes, along their depth: tap `t` of window `w` sees plane `start + w * stride + t * step` of its volume, and zeros where there is none. The planes of all volumes of a
 * batch lie one after the other, as a batch of images.
 */
export interface PlaneWindows {
  /** Planes of a volume. */
  readonly depth: number
  /** Windows over a volume. */
  readonly count: number
  readonly taps: number
  readonly start: number
  readonly stride: number
  readonly step: number
}

/** The plane that a tap of a window sees; undefined for zeros. */
export function planeAt(
  { depth, start, stride, step }: PlaneWindows,
  window: number,
  tap: number,
): number | undefined {
  const plane = start + window * stride + tap * step
  return plane >= 0 && plane < depth ? plane : undefined
}

/** Whether window after window sees plane after plane, one each. */
export function isEachPlane({ depth, count, taps, start, stride }: PlaneWindows): boolean {
  return taps === 1 && start === 0 && count === depth && (stride === 1 || count === 1)
}

/**
 * Where the sum over a window's taps lies where each plane has a part for each tap, one after the other: places of a window of its own over those parts. Undefined where it begins behind the first part, or parts
 * behind the last window are left over: no convolution takes pads below zero.
 */
export function partsWindow(windows: PlaneWindows): Window | undefined {
  const { depth, count, taps, start, stride, step } = windows
  const parts = depth * taps
  // From one tap to the next; which of them comes first makes no difference to a sum.
  const gap = step * taps + 1
  const first = start * taps + Math.min(0, gap * (taps - 1))
  const reach = Math.abs(gap) * (taps - 1) + 1
  const behind = first + (count - 1) * stride * taps + reach - parts
  if (first > 0 || behind < 0 || gap === 0) return undefined
  return {
    ...{ kernel: [taps, 1], strides: [stride * taps, 1], dilations: [Math.abs(gap), 1] },
    ...{ before: [-first, 0], after: [behind, 0], input: [parts, 1], output: [count, 1] },
  }
}

/**
 * The planes that each tap of each window sees, one after the other.
 *
 * @param rows [batch * depth, numbers of a plane]
 * @returns [batch * count * taps, numbers of a plane]
 */
export function gatherPlanes(builder: OnnxBuilder, rows: Value, windows: PlaneWindows): Value {
  const [planes, width] = rows.shape as readonly [number, number]
  const { depth, count, taps } = windows
  const batch = planes / depth
  const index = new Int32Array(batch * count * taps)
  let at = 0
  for (let volume = 0; volume < batch; volume++) {
    for (let window = 0; window < count; window++) {
      for (let tap = 0; tap < taps; tap++) {
        const plane = planeAt(windows, window, tap)
        index[at++] = plane === undefined ? planes : volume * depth + plane
      }
    }
  }
  if (index.length === planes && index.every((plane, place) => plane === place)) return rows
  const source = index.includes(planes)
    ? builder.concat([rows, builder.ones(0, [1, width])], 0)
    : rows
  const list = builder.shared(`planes ${batch} ${Object.values(windows)}`, () =>
    constant(index, [index.length], 'int32'),
  )
  return builder.gather(source, list, 0)
}
