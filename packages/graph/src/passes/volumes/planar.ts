import type { Attrs, Value } from '../../ir/index.ts'
import type { PlaneWindows } from '../../lower/plane-windows.ts'
import { isTrimmed, type TrimmedWindow, trimWindow } from '../../lower/trim.ts'
import { isPairs, type Padding, perAxis, type Window, windowOf } from '../../lower/window.ts'
import type { Volumes } from './volumes.ts'

/** What convolutions and pools over volumes are called with. */
export interface VolumeAttrs {
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dilations?: number | readonly number[]
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** How a window moves along the depth of volumes, without taps that only ever meet padding. */
export function depthWindow(
  space: readonly number[],
  kernel: readonly number[],
  attrs: VolumeAttrs,
): TrimmedWindow {
  const whole = windowOf(space, kernel, attrs)
  const first = Object.entries(whole).map(([name, sizes]) => [name, [sizes[0]]])
  return trimWindow(Object.fromEntries(first) as Window)
}

/**
 * A convolution along the depth of volumes as one without a stride: over groups of as many planes as the stride, side by side as channels. Where planes are whole blocks of channels, they lie so
 * already.
 */
export interface DepthCall {
  readonly trimmed: TrimmedWindow
  /** Planes of a group. */
  readonly group: number
  /** Over groups. */
  readonly windows: PlaneWindows
  /** Taps without weights before the filter's own, so that they are whole groups. */
  readonly front: number
}

/** Undefined for taps with gaps that stand apart. */
export function depthCall(trimmed: TrimmedWindow): DepthCall | undefined {
  const { strides, dilations, before, kernel, input, output } = trimmed.window
  const [group, step, start, taps] = [strides[0]!, dilations[0]!, -before[0]!, kernel[0]!]
  const count = output[0]!
  if (group === 1) {
    const windows = { depth: input[0]!, count, taps, start, stride: 1, step }
    return { trimmed, group, windows, front: 0 }
  }
  if (step !== 1) return undefined
  const first = Math.floor(start / group)
  const last = Math.floor((start + taps - 1) / group)
  const depth = Math.ceil(input[0]! / group)
  const windows = { depth, count, taps: last - first + 1, start: first, stride: 1, step: 1 }
  return { trimmed, group, windows, front: start - first * group }
}

/** The windows of the derivative by the input: over the planes of dy, for each group. */
export function backwardWindows({ windows }: DepthCall): PlaneWindows {
  const { depth, count, taps, start, step } = windows
  return { depth: count, count: depth, taps, start: -start, stride: 1, step: -step }
}

/** A filter in groups of taps: [groups, height, width, (planes of a group, inputs), outputs]. */
export function groupTaps(volumes: Volumes, filter: Value, call: DepthCall): Value {
  const used = trimDepth(volumes, filter, call.trimmed)
  const { group, front, windows } = call
  if (group === 1) return used
  const [taps, height, width, inputs, outputs] = used.shape as readonly number[]
  const all = windows.taps * group
  const paddings = [[front, all - front - taps!], ...Array(4).fill([0, 0])]
  const shape = [all, height!, width!, inputs!, outputs!]
  const padded =
    all === taps ? used : volumes.emit('PadV2', { x: used }, shape, { paddings, constantValue: 0 })
  const parted = volumes.reshape(padded, [windows.taps, group, ...shape.slice(1)])
  const turned = volumes.transpose(parted, [0, 2, 3, 1, 4, 5])
  return volumes.reshape(turned, [windows.taps, height!, width!, group * inputs!, outputs!])
}

/** The reverse for a gradient, of the filter as it was: zeros for taps that only ever meet padding. */
export function ungroupTaps(volumes: Volumes, gradient: Value, call: DepthCall): Value {
  const { group, front, windows, trimmed } = call
  const [, height, width, channels, outputs] = gradient.shape as readonly number[]
  const shape = [height!, width!, channels! / group, outputs!]
  const parted = volumes.reshape(gradient, [
    ...[windows.taps, height!, width!, group],
    ...shape.slice(2),
  ])
  const taps = trimmed.window.kernel[0]!
  const turned = group === 1 ? gradient : volumes.transpose(parted, [0, 3, 1, 2, 4, 5])
  const all = volumes.reshape(turned, [windows.taps * group, ...shape])
  const size = [taps, ...shape]
  const own =
    all.shape[0] === taps
      ? all
      : volumes.emit('Slice', { x: all }, size, { begin: [front, 0, 0, 0, 0], size })
  return padDepth(volumes, own, trimmed)
}

/** The reverse of {@link trimDepth} for a gradient. */
export function padDepth(volumes: Volumes, gradient: Value, trimmed: TrimmedWindow): Value {
  if (!isTrimmed(trimmed)) return gradient
  const [start, whole] = [trimmed.start[0]!, trimmed.whole[0]!]
  const [taps, ...rest] = gradient.shape as readonly number[]
  const paddings = [[start, whole - start - taps!], ...Array(4).fill([0, 0])]
  return volumes.emit('PadV2', { x: gradient }, [whole, ...rest], { paddings, constantValue: 0 })
}

/** The same call over planes. */
export function planarAttrs({ strides, pad, dilations, dimRoundingMode }: VolumeAttrs): Attrs {
  return {
    strides: perAxis(strides, 3).slice(1),
    pad: isPairs(pad) ? [pad[0]!, ...pad.slice(2)] : pad,
    dilations: perAxis(dilations, 3).slice(1),
    dataFormat: 'NHWC',
    ...(dimRoundingMode !== undefined && { dimRoundingMode }),
  } as Attrs
}

/** The taps of a filter that ever meet a plane. */
export function trimDepth(volumes: Volumes, filter: Value, trimmed: TrimmedWindow): Value {
  if (!isTrimmed(trimmed)) return filter
  const [, ...rest] = filter.shape as readonly number[]
  const size = [trimmed.window.kernel[0]!, ...rest]
  const begin = [trimmed.start[0]!, ...rest.map(() => 0)]
  return volumes.emit('Slice', { x: filter }, size, { begin, size })
}
