import { emitter, type Node, namedInput, sizeOf } from '../../ir/index.ts'
import { tapFilterShape } from '../../ops/pool-taps.ts'
import type { Stem } from './find-stem.ts'
import type { TapPart } from './forward.ts'
import { giveOutput, imagesOf } from './parts.ts'
import type { Taps } from './taps.ts'

/** The kernels that compute the derivative of a stem by its filter. */
export function filterGradientByTaps(
  { gradient, filterGradient }: Stem,
  taps: Taps,
  parts: readonly TapPart[],
): readonly Node[] {
  const { attrs, ...filterAttrs } = taps
  const own = { taps: Number(sizeOf(taps.pool)) }
  const wide = tapFilterShape(taps)
  const wideAttrs = { ...filterGradient.attrs, ...attrs, filterShape: wide }

  const nodes: Node[] = []
  const emit = emitter(nodes, filterGradient.scope)
  const whole = namedInput(gradient, 'dy')!
  const widened = parts
    .map(({ start, images, x, running, pooled }) => {
      const dy = imagesOf(emit, whole, start, images)
      const seen = emit('RunningMaxGrad', { running, pooled, dy }, running.shape, own)
      return emit(filterGradient.op, { x, dy: seen }, wide, wideAttrs)
    })
    .reduce((sum, each) => emit('Add', { a: sum, b: each }, wide))
  emit('TapFilterGrad', { dy: widened }, taps.filterShape, filterAttrs)
  giveOutput(nodes, filterGradient.outputs[0]!)
  return nodes
}
