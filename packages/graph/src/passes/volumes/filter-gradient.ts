import { type Node, namedInput, type Value } from '../../ir/index.ts'
import { canBlockAll, forwardWindows } from './convolution.ts'
import {
  backwardWindows,
  depthCall,
  depthWindow,
  padDepth,
  planarAttrs,
  ungroupTaps,
  type VolumeAttrs,
} from './planar.ts'
import { shapeOf, type Volumes } from './volumes.ts'

/**
 * The derivative of a convolution over volumes by its filter, as such of one over planes: of x, whose planes are stacked, or of dy, whose planes are. The first is what the convolution itself may
 * take; the other leaves x as it is.
 */
export function filterGradient(volumes: Volumes, node: Node): Value | undefined {
  const attrs = node.attrs as unknown as VolumeAttrs
  const [inputs, outputs] = node.outputs[0]!.shape.slice(-2) as [number, number]
  const kernel = (node.outputs[0]!.shape as readonly number[]).slice(0, 3)
  const trimmed = depthWindow(shapeOf(node, 'x').slice(1, -1), kernel, attrs)
  const [depth, taps] = [trimmed.window.input[0]!, trimmed.window.kernel[0]!]
  const [height, width] = kernel.slice(1) as [number, number]
  if (!canBlockAll([taps * inputs, outputs], volumes.block)) return undefined
  const planar = planarAttrs(attrs)
  const [x, dy] = [volumes.planes(namedInput(node, 'x')!), volumes.planes(namedInput(node, 'dy')!)]
  const gradient = (operands: { x: Value; dy: Value }, filterShape: readonly number[]) =>
    volumes.emit('Conv2DBackpropFilter', operands, filterShape, { ...planar, filterShape })
  const call = depthCall(trimmed)
  // Of few channels, the convolution takes stacked planes of x, and more is made of them: see useWindowMoments and usePoolTaps.
  if (call !== undefined && inputs >= volumes.block) {
    const { group, windows } = call
    const stacked = volumes.stack(dy, backwardWindows(call))
    const operands = { x: volumes.group(x, depth, group), dy: stacked }
    const sizes = [height, width, group * inputs]
    const result = gradient(operands, [...sizes, windows.taps * outputs])
    const byTap = volumes.reshape(result, [...sizes, windows.taps, outputs])
    return ungroupTaps(volumes, volumes.transpose(byTap, [3, 0, 1, 2, 4]), call)
  }
  const stacked = volumes.stack(x, forwardWindows(trimmed.window))
  const result = gradient({ x: stacked, dy }, [height, width, taps * inputs, outputs])
  const byTap = volumes.reshape(result, [height, width, taps, inputs, outputs])
  return padDepth(volumes, volumes.transpose(byTap, [2, 0, 1, 3, 4]), trimmed)
}
