import type { Dataset, DatasetInfo, FieldSplit } from '@ashlar/core'
import { z } from 'zod'
import { buildSplits } from '../splits/build.ts'
import { type SplitShape, splitShape } from '../splits/options.ts'
import { Random } from './random.ts'

/** The options of datasets that are made by code. */
export type MadeShape = SplitShape & {
  readonly samples: z.ZodDefault<z.ZodInt>
  readonly testSamples: z.ZodDefault<z.ZodInt>
  readonly seed: z.ZodDefault<z.ZodInt>
}

/** What those options come to. */
export interface MadeOptions {
  readonly samples: number
  readonly testSamples: number
  readonly seed: number
  readonly limit?: number | undefined
  readonly testLimit?: number | undefined
  readonly validation?: number | undefined
}

/**
 * Spread into the options of plugins for data that is made.
 *
 * @param samples training samples by default.
 */
export function madeShape(samples: number, testSamples: number): MadeShape {
  return {
    samples: z.int().positive().default(samples).describe('Training samples that are made.'),
    testSamples: z.int().positive().default(testSamples).describe('Test samples that are made.'),
    seed: z.int().nonnegative().default(0).describe('Governs what is made: another gives others.'),
    ...splitShape,
  }
}

/** What every dataset of this kind says of itself. */
export const MADE = {
  licence: 'CC0-1.0',
  source: 'made by code, the same everywhere',
} as const

/**
 * A dataset whose samples are made, training samples first: the same seed gives the same.
 *
 * @param make samples in the order in which they are drawn.
 */
export function madeDataset(
  info: DatasetInfo,
  options: MadeOptions,
  seed: number,
  make: (length: number, random: Random) => FieldSplit,
): Dataset {
  return {
    info,
    load() {
      const train = make(options.samples, new Random(2 * options.seed + 1))
      const test = make(options.testSamples, new Random(2 * options.seed + 2 ** 31))
      return Promise.resolve(buildSplits(info, { train, test }, options, seed))
    },
  }
}
