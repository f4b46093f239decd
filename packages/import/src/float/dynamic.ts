import type { OnnxNode } from '../file/graph.ts'
import type { FloatGraph } from './float-graph.ts'
import { gridOf } from './grid.ts'

/** Operators on whole numbers whose inputs are rounded as they come, and what they are of floats. */
const FLOAT: Readonly<Record<string, string>> = { MatMulInteger: 'MatMul', ConvInteger: 'Conv' }

/**
 * What stands behind the product of whole numbers and its scales, `float(x * w) * (scale of x * scale of w)`, where x is rounded as it comes: the product of floats.
 *
 * @param node the multiplication with the scales.
 */
export function dynamicProduct(node: OnnxNode, made: FloatGraph): OnnxNode[] | undefined {
  const [first = '', second = ''] = node.inputs
  return product(node, first, second, made) ?? product(node, second, first, made)
}

function product(
  node: OnnxNode,
  floats: string,
  scales: string,
  made: FloatGraph,
): OnnxNode[] | undefined {
  const cast = made.makerOf(floats)
  const both = made.makerOf(scales)
  const whole = cast?.op === 'Cast' ? made.makerOf(cast.inputs[0] ?? '') : undefined
  const float = whole && FLOAT[whole.op]
  if (float === undefined || both?.op !== 'Mul') return undefined
  const [x = '', w = '', zeroOfX = '', zero = ''] = whole!.inputs
  const rounding = made.makerOf(x)
  if (rounding?.op !== 'DynamicQuantizeLinear') return undefined
  const [bytes, ownScale, ownZero] = rounding.outputs
  const scale = both.inputs.find((each) => each !== ownScale)
  const isOwn = both.inputs.includes(ownScale!) && bytes === x && ownZero === zeroOfX
  const grid = gridOf(made.graph, { scale, zero, axis: -1 })
  // The scales of a convolution's channels would not lie along the last axis.
  if (!isOwn || grid === undefined || (float === 'Conv' && grid.scales.length > 1)) return undefined
  const weights = made.floatWeight(w, grid)
  if (weights === undefined) return undefined
  const name = whole!.name.replace(whole!.op, float).replace(/_quant$/, '')
  const inputs = [made.nameOf(rounding.inputs[0]!), weights]
  return [{ ...whole!, name, op: float, inputs, outputs: node.outputs }]
}

/** The same as one operator of onnxruntime's. */
export function foldedProduct(node: OnnxNode, made: FloatGraph): OnnxNode[] | undefined {
  const { inputs } = node
  const isWhole = node.op === 'MatMulIntegerToFloat'
  const [x = '', w = ''] = inputs
  const [scale, zero, bias] = isWhole
    ? [inputs[3], inputs[5], inputs[6]]
    : [inputs[2], inputs[3], inputs[4]]
  const rounding = isWhole ? made.makerOf(x) : undefined
  if (isWhole && rounding?.op !== 'DynamicQuantizeLinear') return undefined
  // Of another scale or zero the bytes would not be the numbers that were rounded.
  const own = [x, inputs[2], inputs[4]]
  if (rounding !== undefined && !own.every((name, at) => name === rounding.outputs[at])) {
    return undefined
  }
  const grid = gridOf(made.graph, { scale, zero, axis: -1 })
  const weights = grid && made.floatWeight(w, grid)
  if (weights === undefined) return undefined
  const [output = ''] = node.outputs
  const given = made.nameOf(rounding?.inputs[0] ?? x)
  const sum = bias ? made.unique(`${output}_product`) : output
  const plain = { domain: '', attributes: new Map() }
  const name = node.name.replace(node.op, 'MatMul')
  const matMul = { ...plain, name, op: 'MatMul', inputs: [given, weights], outputs: [sum] }
  if (!bias) return [matMul]
  const add = { ...plain, name: `${name}/bias`, op: 'Add', inputs: [sum, bias], outputs: [output] }
  return [matMul, add]
}

/** A recurrent layer that rounds what it takes as it comes: the one of floats. */
export function dynamicLstm(node: OnnxNode, made: FloatGraph): OnnxNode[] | undefined {
  const { inputs } = node
  const weights = [
    [inputs[1], inputs[8], inputs[9]],
    [inputs[2], inputs[10], inputs[11]],
  ].map(([name, scale, zero]) => gateWeights(name ?? '', scale, zero, made))
  const [w, r] = weights
  if (w === undefined || r === undefined) return undefined
  const float = [inputs[0]!, w, r, ...inputs.slice(3, 8)]
  while (float.at(-1) === '') float.pop()
  const name = node.name.replace(node.op, 'LSTM').replace(/_quant$/, '')
  return [{ ...node, name, op: 'LSTM', domain: '', inputs: float.map((each) => made.nameOf(each)) }]
}

/** Weights `[directions, inputs, gates]` of whole numbers as LSTM has them, `[directions, gates, inputs]`. */
function gateWeights(
  name: string,
  scale: string | undefined,
  zero: string | undefined,
  made: FloatGraph,
): string | undefined {
  const tensor = made.graph.initializers.get(name)
  const grid = gridOf(made.graph, { scale, zero })
  if (tensor?.shape.length !== 3 || grid === undefined) return undefined
  const [directions, rows, gates] = tensor.shape as [number, number, number]
  const { scales, zeros } = grid
  // One for each direction, or for each gate of each.
  const isGates = scales.length === directions * gates
  if (!isGates && scales.length !== directions && scales.length !== 1) return undefined
  const whole = tensor.data as readonly number[]
  const data = new Float32Array(whole.length)
  for (let at = 0; at < data.length; at++) {
    const gate = at % gates
    const row = Math.floor(at / gates) % rows
    const direction = Math.floor(at / (gates * rows))
    const own = isGates ? direction * gates + gate : scales.length === 1 ? 0 : direction
    const zero = zeros[zeros.length === 1 ? 0 : own] ?? 0
    data[(direction * gates + gate) * rows + row] = (whole[at]! - zero) * scales[own]!
  }
  return made.weight(name, [directions, gates, rows], data)
}
