import { z } from 'zod'

/** See {@link categoriesOption}. */
export type CategoriesOption = z.ZodDefault<z.ZodEnum<{ 'one-hot': 'one-hot'; index: 'index' }>>

/**
 * What categories of a table become.
 *
 * @param of what the option is about, where it is one among others.
 */
export function categoriesOption(of: string): CategoriesOption {
  return z
    .enum(['one-hot', 'index'])
    .default('one-hot')
    .describe(
      `${of}What each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside \`numbers\` of the other columns.`,
    )
}
