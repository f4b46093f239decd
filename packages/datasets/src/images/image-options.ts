import type { Normalize } from '@ashlar/core'
import { z } from 'zod'

/** How the channels of pictures are normalized, as people say it. */
export type NormalizeOption = z.ZodOptional<
  z.ZodUnion<
    readonly [
      z.ZodEnum<{ data: 'data'; imagenet: 'imagenet' }>,
      z.ZodObject<
        { readonly mean: z.ZodArray<z.ZodNumber>; readonly std: z.ZodArray<z.ZodNumber> },
        z.core.$strict
      >,
    ]
  >
>

/** The option that datasets of pictures share. */
export type ImageShape = { readonly normalize: NormalizeOption }

/** Spread into the options of each dataset plugin of pictures. */
export const imageShape: ImageShape = {
  normalize: z
    .union([
      z.enum(['data', 'imagenet']),
      z.strictObject({
        mean: z.array(z.number()).min(1).describe('For each channel, of values from 0 to 1.'),
        std: z
          .array(z.number().positive())
          .min(1)
          .describe('For each channel, of values from 0 to 1.'),
      }),
    ])
    .optional()
    .describe(
      'Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1.',
    ),
}

/** What networks that were trained on ImageNet are given, in torchvision and timm. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

/** What the option comes to, for the dataset's `info`. */
export function normalizeOf(option: z.output<NormalizeOption>): {
  readonly normalize?: Normalize
} {
  if (option === undefined) return {}
  return { normalize: option === 'imagenet' ? IMAGENET : option }
}
