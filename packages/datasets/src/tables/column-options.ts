import { z } from 'zod'
import type { Missing } from './missing.ts'

type Choice<K extends string> = z.ZodEnum<{ [Key in K]: Key }>

/** How the columns of a table become numbers; see {@link columnShape}. */
export type ColumnShape = {
  readonly categorical: z.ZodDefault<z.ZodArray<z.ZodString>>
  readonly categories: z.ZodDefault<Choice<'one-hot' | 'index'>>
  readonly standardize: z.ZodDefault<z.ZodBoolean>
  readonly missing: z.ZodDefault<Choice<Missing>>
  readonly missingIndicator: z.ZodDefault<z.ZodBoolean>
  readonly unseen: z.ZodDefault<Choice<'refuse' | 'ignore'>>
}

/** See {@link unlabelledOption}. */
export type UnlabelledOption = z.ZodDefault<Choice<'refuse' | 'drop'>>

/** What becomes of samples that nobody has said the answer of. */
export function unlabelledOption(): UnlabelledOption {
  return z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe(
      'Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells.',
    )
}

/** What those options come to. */
export type ColumnOptions = z.output<z.ZodObject<ColumnShape>>

/**
 * The options of whatever reads tables, in memory or as a stream: how their columns become numbers.
 *
 * @param of what they are about, where they are some among others: `Of tables`.
 */
export function columnShape(of?: string): ColumnShape {
  const said = (text: string) =>
    of === undefined ? text : `${of}: ${text[0]!.toLowerCase()}${text.slice(1)}`
  return {
    categorical: z
      .array(z.string())
      .default([])
      .describe(
        said('Those features that are categories; see `categories` for what each becomes.'),
      ),
    categories: z
      .enum(['one-hot', 'index'])
      .default('one-hot')
      .describe(
        said(
          'What each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns.',
        ),
      ),
    standardize: z
      .boolean()
      .default(true)
      .describe(
        said(
          'Whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it.',
        ),
      ),
    missing: z
      .enum(['refuse', 'drop', 'mean', 'median', 'most-frequent'])
      .default('refuse')
      .describe(
        said(
          'Empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else.',
        ),
      ),
    missingIndicator: z
      .boolean()
      .default(false)
      .describe(
        said('Whether a column with cells to fill gets another of 0 and 1 that says where.'),
      ),
    unseen: z
      .enum(['refuse', 'ignore'])
      .default('ignore')
      .describe(
        said(
          'Categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1.',
        ),
      ),
  }
}
