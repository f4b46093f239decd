import { type Node, namedInput, type Value } from '../../ir/index.ts'
import { perAxis, windowOf } from '../../lower/window.ts'
import type { PlanePoolAttrs } from '../../ops/plane-pools.ts'
import { planarAttrs, type VolumeAttrs } from './planar.ts'
import { shapeOf, type Volumes } from './volumes.ts'

interface PoolAttrs extends VolumeAttrs {
  readonly filterSize: number | readonly number[]
}

/** Each plane pooled, then along the depth what each gave: maxima of maxima, means of means, each of which leaves its own padding out. */
export function pool(volumes: Volumes, node: Node): Value | undefined {
  const call = callOf(node, 'x')
  return call && pooled(volumes, namedInput(node, 'x')!, call).whole
}

/** The same the other way round. The first of equal elements is the first of its plane, in the first of the planes that have one. */
export function poolGradient(volumes: Volumes, node: Node): Value | undefined {
  const call = callOf(node, 'input')
  if (call === undefined) return undefined
  const input = namedInput(node, 'input')!
  const dy = volumes.planes(namedInput(node, 'dy')!)
  const { kernel, planar, depth } = call
  const x = volumes.planes(input)
  if (kernel === 'AvgPool') {
    const shape = [x.shape[0]!, ...dy.shape.slice(1)]
    const each = volumes.emit('AvgPoolPlanesGrad', { dy }, shape, { ...depth })
    return volumes.emit('AvgPoolGrad', { dy: each, input: x }, x.shape, planar)
  }
  const { whole, each } = pooled(volumes, input, call)
  const operands = { dy, input: each, output: whole }
  const mid = volumes.emit('MaxPoolPlanesGrad', operands, each.shape, { ...depth })
  return volumes.emit('MaxPoolGrad', { dy: mid, input: x, output: each }, x.shape, planar)
}

interface PoolCall {
  readonly kernel: 'MaxPool' | 'AvgPool'
  readonly planar: Node['attrs']
  readonly depth: PlanePoolAttrs
  /** Of a pooled volume: [depth, height, width]. */
  readonly output: readonly number[]
}

/** Undefined for windows of which some see nothing but padding, which pools in blocks are not told of. */
function callOf(node: Node, name: string): PoolCall | undefined {
  const attrs = node.attrs as unknown as PoolAttrs
  const kernel = perAxis(attrs.filterSize, 3)
  const { strides, before, after, input, output, dilations } = windowOf(
    shapeOf(node, name).slice(1, -1),
    kernel,
    attrs,
  )
  const isInside = kernel.every((size, axis) => before[axis]! < size && after[axis]! < size)
  if (!isInside || dilations.some((each) => each !== 1)) return undefined
  return {
    kernel: node.op.startsWith('Max') ? 'MaxPool' : 'AvgPool',
    planar: { ...planarAttrs(attrs), filterSize: kernel.slice(1) },
    depth: {
      ...{ depth: input[0]!, count: output[0]!, size: kernel[0]!, stride: strides[0]! },
      ...{ before: before[0]!, after: after[0]! },
    },
    output,
  }
}

/** What each plane gave, and what the planes of each window gave together. */
function pooled(
  volumes: Volumes,
  x: Value,
  { kernel, planar, depth, output }: PoolCall,
): { readonly each: Value; readonly whole: Value } {
  const planes = volumes.planes(x)
  const [all, , , channels] = planes.shape as readonly [number, number, number, number]
  const image = [output[1]!, output[2]!, channels]
  const each = volumes.emit(kernel, { x: planes }, [all, ...image], planar)
  const count = (all / depth.depth) * depth.count
  const whole = volumes.emit(`${kernel}Planes`, { x: each }, [count, ...image], { ...depth })
  return { each, whole }
}
