import { isStatic, sameShape, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { channelAffine, imageAffine } from './channels.ts'
import type { LowerContext } from './context.ts'

/**
 * What a kernel of two inputs does to one of them where the other, of this name, has one number for each channel of each sample: squeeze and excitation (Hu et al. 2018), or what a mean over
 * images gives back. Or one for each channel: a scale, an offset.
 */
export type ByImage = Readonly<
  Partial<
    Record<
      'a' | 'b',
      (builder: OnnxBuilder, numbers: Value) => { readonly factor?: Value; readonly shift?: Value }
    >
  > & {
    /** Whether that is right for such captured numbers; default true. */
    readonly suits?: (numbers: Value) => boolean
  }
>

/** The result in blocks of channels, of images that lie so; undefined for anything else. */
export function byImage(context: LowerContext, rules: ByImage): Value | undefined {
  const { builder, node } = context
  const { shape, dtype } = node.outputs[0]!
  if (dtype !== 'float32' || shape.length !== 4 || !isStatic(shape)) return undefined
  const [batch, height, width, channels] = shape as readonly number[]
  if (height! * width! === 1) return undefined
  for (const [name, images] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const rule = rules[name]
    const numbers = context.logical(name)
    const isByImage = sameShape(numbers.shape, [batch!, 1, 1, channels!])
    const isByChannel =
      numbers.shape.at(-1) === channels && numbers.shape.slice(0, -1).every((size) => size === 1)
    if (rule === undefined || !(isByImage || isByChannel) || numbers.dtype !== 'float32') continue
    if (!sameShape(context.logical(images).shape, shape)) continue
    if (rules.suits?.(numbers) === false) continue
    if (context.layoutOf(images) !== 'blocked') continue
    const x = context.input(images, 'blocked')
    const given = context.input(name)
    return isByImage
      ? imageAffine(builder, x, rule(builder, builder.reshape(given, [batch!, channels!])))
      : channelAffine(builder, x, rule(builder, builder.reshape(given, [channels!])))
  }
  return undefined
}
