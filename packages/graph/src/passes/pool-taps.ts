import {
  createValue,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { FEW_CHANNELS, MOST_COLUMNS } from '../lower/columns.ts'
import { type Padding, perAxis, type Window, windowOf } from '../lower/window.ts'
import { tapKernel } from '../ops/pool-taps.ts'

/**
 * Makes a convolution of few channels and the max pooling behind it one convolution whose output channels are the taps of the pooling; see
 * ops/pool-taps.ts. For captured graphs, where the convolution's bias and the batch norm are already part of it.
 *
 * It asks for windows that do not overlap and are all inside the image, and for a convolution of an input that needs no gradient.
 *
 * @param block channels in a block of the NCHWc layout.
 */
export function usePoolTaps(graph: Graph, block: number): void {
  const readers = readersOf(graph)
  const results = new Set(graph.outputs.map(({ value }) => value))
  const replaced = new Map<Node, readonly Node[]>()
  for (const node of graph.nodes) {
    const stem = findStem(node, readers, results)
    const taps = stem && tapsOf(stem, block)
    if (taps !== undefined) replaceStem(stem!, taps, replaced)
  }
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node])
}

interface Stem {
  readonly convolution: Node
  readonly relu: Node | undefined
  readonly pool: Node
  readonly gradient: Node
  readonly filterGradients: readonly Node[]
  /** Sums of the pooling's gradient over all pixels. */
  readonly sums: readonly Node[]
}

function findStem(
  pool: Node,
  readers: ReadonlyMap<Value, readonly Node[]>,
  results: ReadonlySet<Value>,
): Stem | undefined {
  if (pool.domain !== 'tfjs' || pool.op !== 'MaxPool') return undefined
  const activated = namedInput(pool, 'x')!
  const relu = activated.node?.op === 'Relu' ? activated.node : undefined
  const linear = relu === undefined ? activated : relu.inputs[0]!
  const convolution = linear.node
  if (convolution === undefined || !isLinearConvolution(convolution)) return undefined
  if (!isStatic(linear.shape)) return undefined
  const [gradient] = (readers.get(activated) ?? []).filter((node) => node !== pool)
  if (gradient?.op !== 'MaxPoolGrad' || namedInput(gradient, 'output') !== pool.outputs[0])
    return undefined
  const spread = gradient.outputs[0]!
  const isInner =
    (readers.get(activated) ?? []).length === 2 &&
    (relu === undefined || readers.get(linear)!.length === 1) &&
    ![linear, activated, spread].some((value) => results.has(value))
  if (!isInner || (relu !== undefined && !isMasked(gradient, pool))) return undefined
  const users = readers.get(spread) ?? []
  const filterGradients = users.filter(
    (user) =>
      user.op === 'Conv2DBackpropFilter' &&
      namedInput(user, 'x') === namedInput(convolution, 'x') &&
      namedInput(user, 'dy') === spread,
  )
  const sums = users.filter(
    (user) => user.op === 'Sum' && sizeOf(user.outputs[0]!.shape) === spread.shape.at(-1),
  )
  const isSeen = filterGradients.length > 0 && filterGradients.length + sums.length === users.length
  return isSeen ? { convolution, relu, pool, gradient, filterGradients, sums } : undefined
}

function isLinearConvolution(node: Node): boolean {
  const { activation, dataFormat } = node.attrs
  return (
    node.domain === 'tfjs' &&
    (node.op === 'Conv2D' || node.op === 'FusedConv2D') &&
    (activation === undefined || activation === 'linear') &&
    dataFormat !== 'NCHW'
  )
}

/** Whether the gradient is zero wherever the pooling's output is: what equals a maximum of zero then makes no difference. */
function isMasked(gradient: Node, pool: Node): boolean {
  const product = namedInput(gradient, 'dy')!.node
  if (product?.op !== 'Multiply') return false
  return product.inputs.some(
    (factor) =>
      factor?.node?.op === 'Step' &&
      !factor.node.attrs.alpha &&
      factor.node.inputs[0] === pool.outputs[0],
  )
}

interface Taps {
  readonly filterShape: readonly number[]
  readonly strides: readonly number[]
  readonly pool: readonly number[]
  /** The larger convolution. */
  readonly attrs: { readonly strides: readonly number[]; readonly pad: Padding }
}

function tapsOf({ convolution, pool }: Stem, block: number): Taps | undefined {
  const image = spaceOf(namedInput(convolution, 'x')!)
  const filterShape = namedInput(convolution, 'filter')!.shape as readonly number[]
  const inner = windowOf(image, filterShape.slice(0, -2), convolution.attrs as never)
  const { filterSize } = pool.attrs as unknown as { filterSize: number | readonly number[] }
  const outer = windowOf(inner.output, perAxis(filterSize, 2), pool.attrs as never)
  if (inner.dilations.some((each) => each !== 1) || !standApart(outer)) return undefined
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const kernel = tapKernel(inner.kernel, inner.strides, outer.kernel)
  const isSmall = inputs < FEW_CHANNELS && Number(sizeOf(kernel)) * inputs <= MOST_COLUMNS
  if (!isSmall || outputs % block !== 0) return undefined
  const strides = inner.strides.map((stride, axis) => stride * outer.strides[axis]!)
  const sides = strides.map((stride, axis): [number, number] => {
    const end = (outer.output[axis]! - 1) * stride + kernel[axis]! - inner.before[axis]!
    return [inner.before[axis]!, Math.max(0, end - image[axis]!)]
  })
  const attrs = { strides, pad: [[0, 0], ...sides, [0, 0]] as Padding }
  // Where pixels are left over, the larger convolution may have room for windows that the pooling does not have.
  const { output } = windowOf(image, kernel, attrs)
  if (output.some((size, axis) => size !== outer.output[axis])) return undefined
  return { filterShape, strides: inner.strides, pool: outer.kernel, attrs }
}

function standApart({ kernel, strides, before, after }: Window): boolean {
  const isInside = [...before, ...after].every((side) => side === 0)
  const taps = Number(sizeOf(kernel))
  return isInside && taps > 1 && kernel.every((size, axis) => size <= strides[axis]!)
}

function spaceOf({ shape }: Value): readonly number[] {
  return shape.slice(1, -1) as readonly number[]
}

function replaceStem(stem: Stem, taps: Taps, replaced: Map<Node, readonly Node[]>): void {
  const { convolution, relu, pool, gradient, filterGradients, sums } = stem
  const { attrs, ...filterAttrs } = taps
  const count = Number(sizeOf(taps.pool))
  const result = pool.outputs[0]!
  const { shape, dtype } = result
  const nodes: Node[] = []
  const emit = (op: string, inputs: Record<string, Value>, outputs: Value[], own = {}) => {
    nodes.push(kernelNode(op, inputs, outputs, { attrs: own, scope: convolution.scope }))
    return outputs[0]!
  }
  const x = namedInput(convolution, 'x')!
  const kernel = tapKernel(taps.filterShape.slice(0, -2), taps.strides, taps.pool)
  const wide = [...kernel, taps.filterShape.at(-2)!, count * taps.filterShape.at(-1)!]
  const filter = emit(
    'TapFilter',
    { filter: namedInput(convolution, 'filter')! },
    [createValue(wide, dtype)],
    filterAttrs,
  )
  const byTap = [...shape.slice(0, -1), count * Number(shape.at(-1))]
  const seen = emit('Conv2D', { x, filter }, [createValue(byTap, dtype)], {
    ...attrs,
    dataFormat: 'NHWC',
  })
  const bias = namedInput(convolution, 'bias')
  const isPlain = bias === undefined && relu === undefined
  const pooled = isPlain ? result : createValue(shape, dtype)
  const running = emit('RunningMax', { x: seen }, [createValue(byTap, dtype), pooled], {
    taps: count,
  })
  // The same for all taps, so that it can be added behind them.
  let last = pooled
  if (bias !== undefined) {
    last = emit('Add', { a: last, b: bias }, [relu ? createValue(shape, dtype) : result])
  }
  if (relu !== undefined) emit('Relu', { x: last }, [result])
  replaced.set(convolution, [])
  if (relu !== undefined) replaced.set(relu, [])
  replaced.set(pool, nodes)

  const dy = namedInput(gradient, 'dy')!
  const { scope } = gradient
  const sum = createValue(byTap, dtype)
  replaced.set(gradient, [
    kernelNode('RunningMaxGrad', { running, pooled, dy }, [sum], { attrs: { taps: count }, scope }),
  ])
  for (const node of filterGradients) {
    const widened = createValue(wide, dtype)
    const wideAttrs = { ...node.attrs, ...attrs, filterShape: wide }
    replaced.set(node, [
      kernelNode(node.op, { x, dy: sum }, [widened], { attrs: wideAttrs, scope: node.scope }),
      kernelNode('TapFilterGrad', { dy: widened }, node.outputs, {
        attrs: filterAttrs,
        scope: node.scope,
      }),
    ])
  }
  // Each number of dy goes to one pixel.
  for (const node of sums) node.inputs = [dy]
}
