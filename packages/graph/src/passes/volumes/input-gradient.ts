import { type Node, namedInput, type Value } from '../../ir/index.ts'
import { partsWindow } from '../../lower/plane-windows.ts'
import { canBlockAll, tapsAsInputs, tapsAsOutputs } from './convolution.ts'
import {
  backwardWindows,
  depthCall,
  depthWindow,
  groupTaps,
  planarAttrs,
  type VolumeAttrs,
} from './planar.ts'
import { shapeOf, type Volumes } from './volumes.ts'

/**
 * The derivative of a convolution over volumes by its input, as such of one over planes. Its taps along the depth are channels of the results, which are then added up, or of dy, whose planes are
 * stacked: whichever are fewer.
 */
export function inputGradient(volumes: Volumes, node: Node): Value | undefined {
  const attrs = node.attrs as unknown as VolumeAttrs
  const kernel = shapeOf(node, 'filter')
  const [inputs, outputs] = kernel.slice(-2) as [number, number]
  const [batch, depth, height, width] = node.outputs[0]!.shape as readonly number[]
  const call = depthCall(depthWindow([depth!, height!, width!], kernel.slice(0, 3), attrs))
  const isWhole = outputs >= volumes.block && canBlockAll([outputs, inputs], volumes.block)
  if (call === undefined || !isWhole) return undefined
  const planar = planarAttrs(attrs)
  const filter = groupTaps(volumes, namedInput(node, 'filter')!, call)
  const planes = volumes.planes(namedInput(node, 'dy')!)
  const back = (dy: Value, weights: Value, channels: number) => {
    const inputShape = [dy.shape[0] as number, height!, width!, channels]
    const operands = { dy, filter: weights }
    return volumes.emit('Conv2DBackpropInput', operands, inputShape, { ...planar, inputShape })
  }
  const windows = backwardWindows(call)
  const own = call.group * inputs
  const grouped =
    own <= outputs && partsWindow(windows) !== undefined
      ? volumes.sum(back(planes, tapsAsInputs(volumes, filter), windows.taps * own), windows)
      : back(volumes.stack(planes, windows), tapsAsOutputs(volumes, filter), own)
  return volumes.ungroup(grouped, { depth: depth!, group: call.group }, batch!)
}
