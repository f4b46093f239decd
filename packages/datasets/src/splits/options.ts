import { z } from 'zod'

/** The options that every dataset takes. */
export type SplitShape = {
  readonly limit: z.ZodOptional<z.ZodInt>
  readonly testLimit: z.ZodOptional<z.ZodInt>
  readonly validation: z.ZodOptional<z.ZodUnion<readonly [z.ZodNumber, z.ZodInt]>>
}

/** What the options that every dataset takes come to. */
export interface SplitOptions {
  readonly limit?: number | undefined
  readonly testLimit?: number | undefined
  readonly validation?: number | undefined
}

/** Spread into the options of each dataset plugin. */
export const splitShape: SplitShape = {
  limit: z.int().positive().optional().describe('Use only the first N training samples.'),
  testLimit: z.int().positive().optional().describe('Use only the first N test samples.'),
  validation: partOfSamples()
    .optional()
    .describe(
      'Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples.',
    ),
}

/** A part of some samples: a share between 0 and 1, or a number of samples. */
export function partOfSamples(): z.ZodUnion<readonly [z.ZodNumber, z.ZodInt]> {
  return z.union([z.number().gt(0).lt(1), z.int().positive()])
}
