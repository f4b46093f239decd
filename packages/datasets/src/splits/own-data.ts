import { z } from 'zod'
import { holdOut } from './hold-out.ts'
import { partOfSamples, type SplitOptions, type SplitShape, splitShape } from './options.ts'
import { everyIndex, planSplits, type SplitPlan } from './plan.ts'

/** The options of datasets that people bring themselves, which may have no test set and say nothing of their licence. */
export type OwnDataShape = SplitShape & {
  readonly testPart: z.ZodDefault<z.ZodUnion<readonly [z.ZodNumber, z.ZodInt]>>
  readonly licence: z.ZodDefault<z.ZodString>
}

/** What those options come to. */
export interface OwnDataOptions extends SplitOptions {
  readonly testPart: number
  readonly licence: string
}

/** Spread into the options of dataset plugins for data of one's own. */
export const ownDataShape: OwnDataShape = {
  testPart: partOfSamples()
    .default(0.2)
    .describe(
      'Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples.',
    ),
  licence: z
    .string()
    .min(1)
    .default('not stated')
    .describe('Licence of the data, for the records.'),
  ...splitShape,
}

/**
 * Plans the splits of data with or without a test set. The test samples are held out first, so that `limit` does not change them.
 *
 * @param testLength number of samples of the test set; without one, `plan.test` counts in the training samples.
 */
export function planOwnData(
  dataset: string,
  trainLength: number,
  testLength: number | undefined,
  options: OwnDataOptions,
  seed: number,
): SplitPlan {
  const samples = everyIndex(trainLength)
  if (testLength !== undefined) {
    return planSplits(dataset, samples, everyIndex(testLength), options, seed)
  }
  const { kept, heldOut } = holdOut(samples, options.testPart, seed, {
    dataset,
    option: 'testPart',
  })
  return planSplits(dataset, kept, heldOut, options, seed)
}
