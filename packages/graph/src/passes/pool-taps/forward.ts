import {
  createValue,
  emitter,
  kernelNode,
  type Node,
  namedInput,
  sizeOf,
  type Value,
} from '../../ir/index.ts'
import { tapFilterShape } from '../../ops/pool-taps.ts'
import type { Stem } from './find-stem.ts'
import { giveOutput, imagesAtATime, imagesOf } from './parts.ts'
import type { Taps } from './taps.ts'

/** Some images of a batch on their way through the larger convolution. */
export interface TapPart {
  /** The first of them. */
  readonly start: number
  readonly images: number
  readonly x: Value
  /** For each tap the largest of it and those before. */
  readonly running: Value
  readonly pooled: Value
}

/** The kernels that compute what the pooling of a stem gives, and the parts of the batch that they go over. */
export function poolByTaps(
  { convolution, relu, pool }: Stem,
  taps: Taps,
  block: number,
): { readonly nodes: readonly Node[]; readonly parts: readonly TapPart[] } {
  const { attrs, ...filterAttrs } = taps
  const { scope } = convolution
  const count = Number(sizeOf(taps.pool))
  const result = pool.outputs[0]!
  const [batch, ...pixels] = result.shape as [number, ...number[]]
  const byTap = [...pixels.slice(0, -1), count * pixels.at(-1)!]
  const images = imagesAtATime(batch, Number(sizeOf(byTap)), block)

  const nodes: Node[] = []
  const emit = emitter(nodes, scope)
  const given = (name: string) => namedInput(convolution, name)
  const filter = emit('TapFilter', { filter: given('filter')! }, tapFilterShape(taps), filterAttrs)
  const parts = Array.from({ length: batch / images }, (_, index): TapPart => {
    const start = index * images
    const x = imagesOf(emit, given('x')!, start, images)
    const convolved = { ...attrs, dataFormat: 'NHWC' }
    const seen = emit('Conv2D', { x, filter }, [images, ...byTap], convolved)
    const [running, pooled] = [byTap, pixels].map((shape) =>
      createValue([images, ...shape], seen.dtype),
    ) as [Value, Value]
    nodes.push(
      kernelNode('RunningMax', { x: seen }, [running, pooled], { attrs: { taps: count }, scope }),
    )
    return { start, images, x, running, pooled }
  })
  const all = Object.fromEntries(parts.map(({ pooled }, index) => [index, pooled]))
  let last = parts.length === 1 ? parts[0]!.pooled : emit('Concat', all, result.shape, { axis: 0 })
  // The same for all taps, so that it can be added behind them.
  const bias = given('bias')
  if (bias !== undefined) last = emit('Add', { a: last, b: bias }, result.shape)
  emit(relu === undefined ? 'Identity' : 'Relu', { x: last }, result.shape)
  giveOutput(nodes, result)
  return { nodes, parts }
}
