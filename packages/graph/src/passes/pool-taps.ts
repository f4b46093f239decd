import {
  createValue,
  type Emit,
  emitter,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { suitsColumns } from '../lower/columns.ts'
import { type Padding, perAxis, type Window, windowOf } from '../lower/window.ts'
import { tapFilterShape, tapKernel } from '../ops/pool-taps.ts'
import { leavesChannels } from '../ops/reduced-axes.ts'

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
    if (taps === undefined) continue
    for (const [old, nodes] of replaceStem(stem!, taps, block)) replaced.set(old, nodes)
  }
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node])
}

interface Stem {
  readonly convolution: Node
  readonly relu: Node | undefined
  readonly pool: Node
  readonly gradient: Node
  readonly filterGradient: Node
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
  const [filterGradient] = users.filter(
    (user) =>
      user.op === 'Conv2DBackpropFilter' &&
      namedInput(user, 'x') === namedInput(convolution, 'x') &&
      namedInput(user, 'dy') === spread &&
      sameShape(user.outputs[0]!.shape, namedInput(convolution, 'filter')!.shape),
  )
  const sums = users.filter(
    (user) => user.op === 'Sum' && leavesChannels(user.attrs, spread.shape.length),
  )
  if (filterGradient === undefined || sums.length + 1 !== users.length) return undefined
  return { convolution, relu, pool, gradient, filterGradient, sums }
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
  const growth = Number(sizeOf(kernel)) / Number(sizeOf(inner.kernel))
  const isSmall = suitsColumns(kernel, inputs) && growth <= MOST_GROWTH
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

/** How many times the arithmetic of the convolution its larger form may have. */
const MOST_GROWTH = 3

/** Numbers that stay in the cache from one kernel to the next. */
const CACHED = 1 << 19

/** Parts of a batch that are worth the nodes they take. */
const MOST_PARTS = 32

/**
 * The larger convolution has as many outputs as there are taps to a pixel, so it goes over a few images at a time: a divisor of the batch that keeps its
 * numbers in the cache, in whole blocks where the batch has these.
 */
function imagesAtATime(batch: number, perImage: number, block: number): number {
  const unit = batch % block === 0 ? block : 1
  const least = Math.max(CACHED / perImage, batch / MOST_PARTS)
  for (let images = unit; images < batch; images += unit) {
    if (batch % images === 0 && images >= least) return images
  }
  return batch
}

function replaceStem(stem: Stem, taps: Taps, block: number): [Node, readonly Node[]][] {
  const { convolution, relu, pool, gradient, filterGradient, sums } = stem
  const { attrs, ...filterAttrs } = taps
  const count = Number(sizeOf(taps.pool))
  const result = pool.outputs[0]!
  const [batch, ...pixels] = result.shape as [number, ...number[]]
  const byTap = [...pixels.slice(0, -1), count * pixels.at(-1)!]
  const images = imagesAtATime(batch, Number(sizeOf(byTap)), block)
  const starts = Array.from({ length: batch / images }, (_, index) => index * images)
  const wide = tapFilterShape(taps)

  const nodes: Node[] = []
  const emit = emitter(nodes, convolution.scope)
  const given = (name: string) => namedInput(convolution, name)
  const filter = emit('TapFilter', { filter: given('filter')! }, wide, filterAttrs)
  const parts = starts.map((start) => {
    const x = imagesOf(emit, given('x')!, start, images)
    const convolved = { ...attrs, dataFormat: 'NHWC' }
    const seen = emit('Conv2D', { x, filter }, [images, ...byTap], convolved)
    const [running, pooled] = [byTap, pixels].map((shape) =>
      createValue([images, ...shape], seen.dtype),
    ) as [Value, Value]
    const { scope } = convolution
    nodes.push(
      kernelNode('RunningMax', { x: seen }, [running, pooled], { attrs: { taps: count }, scope }),
    )
    return { start, x, running, pooled }
  })
  const all = Object.fromEntries(parts.map(({ pooled }, index) => [index, pooled]))
  let last = parts.length === 1 ? parts[0]!.pooled : emit('Concat', all, result.shape, { axis: 0 })
  // The same for all taps, so that it can be added behind them.
  const bias = given('bias')
  if (bias !== undefined) last = emit('Add', { a: last, b: bias }, result.shape)
  emit(relu === undefined ? 'Identity' : 'Relu', { x: last }, result.shape)
  giveOutput(nodes, result)

  const back: Node[] = []
  const emitBack = emitter(back, filterGradient.scope)
  const whole = namedInput(gradient, 'dy')!
  const widened = parts
    .map(({ start, x, running, pooled }) => {
      const dy = imagesOf(emitBack, whole, start, images)
      const own = { taps: count }
      const seen = emitBack('RunningMaxGrad', { running, pooled, dy }, running.shape, own)
      const wideAttrs = { ...filterGradient.attrs, ...attrs, filterShape: wide }
      return emitBack(filterGradient.op, { x, dy: seen }, wide, wideAttrs)
    })
    .reduce((sum, each) => emitBack('Add', { a: sum, b: each }, wide))
  emitBack('TapFilterGrad', { dy: widened }, taps.filterShape, filterAttrs)
  giveOutput(back, filterGradient.outputs[0]!)
  // Each number of dy goes to one pixel.
  for (const node of sums) node.inputs = [whole]
  return [
    [convolution, []],
    ...(relu === undefined ? [] : [[relu, []] as [Node, []]]),
    [pool, nodes],
    [gradient, []],
    [filterGradient, back],
  ]
}

/** Some images of a batch. */
function imagesOf(emit: Emit, x: Value, start: number, images: number): Value {
  const [batch, ...rest] = x.shape
  if (batch === images) return x
  const shape = [images, ...rest]
  const begin = shape.map((_, axis) => (axis === 0 ? start : 0))
  return emit('Slice', { x }, shape, { begin, size: shape })
}

/** Makes the last kernel compute a value that is there already. */
function giveOutput(nodes: readonly Node[], output: Value): void {
  const last = nodes.at(-1)!
  last.outputs[0] = output
  output.node = last
}
