import { sizeOf, type Value } from '../ir/index.ts'
import { activate } from './activation.ts'
import type { LowerContext, Placed } from './context.ts'
import { type Layout, toFirst } from './layout.ts'

/** The bias of a fused kernel, one number per channel; tfjs also takes one for all. */
export function biasVector(context: LowerContext, channels: number): Value {
  const { builder } = context
  const bias = context.input('bias')
  if (sizeOf(bias.shape) !== 1) return builder.reshape(bias, [channels])
  const spec = { shape: [channels], dtype: bias.dtype }
  return builder.node('Expand', [bias, builder.ints([channels])], {}, spec)
}

/** What a fused kernel does after the convolution: its `activation` attribute and the inputs that belong to it. */
export function activated(context: LowerContext, { value, layout }: Placed): Placed {
  const { builder, attrs } = context
  const slope = context.has('preluActivationWeights')
    ? slopeOf(context, layout)
    : (attrs.leakyreluAlpha as number | undefined)
  return {
    value: activate(builder, value, attrs.activation as string | undefined, slope),
    layout,
  }
}

/** PReLU's slopes, one per channel or one per pixel and channel, as they broadcast against an image in the layout. */
function slopeOf(context: LowerContext, layout: Layout): Value {
  const { builder, node } = context
  const slopes = context.input('preluActivationWeights')
  const rank = node.outputs[0]!.shape.length
  const missing = Array<number>(rank - slopes.shape.length).fill(1)
  const whole = builder.reshape(slopes, [...missing, ...slopes.shape])
  return layout === 'last' ? whole : builder.transpose(whole, toFirst(rank))
}
