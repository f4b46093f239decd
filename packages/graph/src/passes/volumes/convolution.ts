import { type Attrs, type Node, namedInput, type Value } from '../../ir/index.ts'
import { type PlaneWindows, partsWindow } from '../../lower/plane-windows.ts'
import type { Window } from '../../lower/window.ts'
import {
  type DepthCall,
  depthCall,
  depthWindow,
  groupTaps,
  planarAttrs,
  trimDepth,
  type VolumeAttrs,
} from './planar.ts'
import { shapeOf, type Volumes } from './volumes.ts'

/**
 * A convolution over volumes as one over planes. Its taps along the depth are channels: of the images, where the planes of each window are stacked, or of the results, which are then added up. That
 * is as much arithmetic either way; what is moved is as many times as there are taps the channels of the one or of the other.
 */
export function convolution(volumes: Volumes, node: Node): Value | undefined {
  const summed = summedConvolution(volumes, node)
  if (summed !== undefined) {
    const { x, filter, shape, attrs, windows } = summed
    return volumes.sum(volumes.emit('Conv2D', { x, filter }, shape, attrs), windows)
  }
  const { attrs, trimmed, inputs, outputs } = callOf(node)
  const windows = forwardWindows(trimmed.window)
  if (!canBlockAll([windows.taps * inputs, outputs], volumes.block)) return undefined
  const x = volumes.stack(volumes.planes(namedInput(node, 'x')!), windows)
  const filter = trimDepth(volumes, namedInput(node, 'filter')!, trimmed)
  const [batch, , height, width] = node.outputs[0]!.shape as readonly number[]
  const shape = [batch! * windows.count, height!, width!, outputs]
  const operands = { x, filter: tapsAsInputs(volumes, filter) }
  return volumes.emit('Conv2D', operands, shape, planarAttrs(attrs))
}

/** A convolution over planes that gives a part for each tap along the depth, to be added up. */
export interface SummedConvolution {
  readonly x: Value
  readonly filter: Value
  readonly shape: readonly number[]
  readonly attrs: Attrs
  readonly windows: PlaneWindows
}

/** Undefined for one whose planes are better stacked. */
export function summedConvolution(volumes: Volumes, node: Node): SummedConvolution | undefined {
  const { attrs, trimmed, inputs, outputs } = callOf(node)
  const call = depthCall(trimmed)
  if (call === undefined || !isSummed(call, [inputs, outputs], volumes.block)) return undefined
  const { windows, group } = call
  const planes = volumes.planes(namedInput(node, 'x')!)
  const [batch, , height, width] = node.outputs[0]!.shape as readonly number[]
  return {
    x: volumes.group(planes, trimmed.window.input[0]!, group),
    filter: tapsAsOutputs(volumes, groupTaps(volumes, namedInput(node, 'filter')!, call)),
    shape: [batch! * windows.depth, height!, width!, windows.taps * outputs],
    attrs: planarAttrs(attrs),
    windows,
  }
}

function callOf(node: Node) {
  const attrs = node.attrs as unknown as VolumeAttrs
  const filter = shapeOf(node, 'filter')
  const [inputs, outputs] = filter.slice(-2) as [number, number]
  const trimmed = depthWindow(shapeOf(node, 'x').slice(1, -1), filter.slice(0, 3), attrs)
  return { attrs, trimmed, inputs, outputs }
}

/** Windows of a convolution along the depth. */
export function forwardWindows({
  kernel: [taps],
  strides: [stride],
  dilations: [step],
  before: [before],
  input: [depth],
  output: [count],
}: Window): PlaneWindows {
  return {
    ...{ depth: depth!, count: count!, taps: taps! },
    ...{ start: -before!, stride: stride!, step: step! },
  }
}

/**
 * Whether the results of taps are to be added up rather than planes stacked: where there are as few channels of results as of images, or fewer. A convolution of a single block of outputs is
 * slow besides, as onnxruntime computes up to four at a time.
 */
function isSummed(
  { group, windows }: DepthCall,
  [inputs, outputs]: readonly [number, number],
  block: number,
): boolean {
  const isWhole = inputs % block === 0 && outputs % block === 0
  return (
    windows.taps > 1 && isWhole && outputs <= group * inputs && partsWindow(windows) !== undefined
  )
}

/** Whether an image of so many channels, or fewer than a block, and results of so many are computed in blocks. */
export function canBlockAll([inputs, outputs]: readonly [number, number], block: number): boolean {
  return (inputs < block || inputs % block === 0) && outputs % block === 0
}

/** [height, width, (depth, inputs), outputs] */
export function tapsAsInputs(volumes: Volumes, filter: Value): Value {
  const [depth, height, width, inputs, outputs] = filter.shape as readonly number[]
  const turned = volumes.transpose(filter, [1, 2, 0, 3, 4])
  return volumes.reshape(turned, [height!, width!, depth! * inputs!, outputs!])
}

/** [height, width, inputs, (depth, outputs)] */
export function tapsAsOutputs(volumes: Volumes, filter: Value): Value {
  const [depth, height, width, inputs, outputs] = filter.shape as readonly number[]
  const turned = volumes.transpose(filter, [1, 2, 3, 0, 4])
  return volumes.reshape(turned, [height!, width!, inputs!, depth! * outputs!])
}
