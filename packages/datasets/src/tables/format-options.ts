import { z } from 'zod'
import { encodingNamed } from './decode-text.ts'

/** The options of whatever reads tables in CSV: how they are written. */
export type FormatShape = {
  readonly delimiter: z.ZodDefault<z.ZodString>
  readonly decimal: z.ZodDefault<z.ZodEnum<{ '.': '.'; ',': ',' }>>
  readonly encoding: z.ZodOptional<z.ZodString>
}

const NO_ENCODING = 'must be a text encoding, such as utf-8, windows-1252 or utf-16le'

/** See {@link FormatShape}. */
export const formatShape: FormatShape = {
  delimiter: z
    .string()
    .min(1)
    .refine((text) => !/["\r\n]/.test(text), 'must be without quotes and line ends')
    .default(',')
    .describe('What stands between cells; \\t is a tab.'),
  decimal: z
    .enum(['.', ','])
    .default('.')
    .describe(
      'The decimal sign of numbers; with a comma, points between groups of three digits are passed over.',
    ),
  encoding: z
    .string()
    .refine((label) => encodingNamed(label) !== undefined, NO_ENCODING)
    .optional()
    .describe(
      'What the text is in, such as windows-1252 (Latin 1) or utf-16le; left out, UTF-8 or what a byte order mark says.',
    ),
}

/** What stands between cells, a tab as it is written in an experiment or as it is. */
export function delimiterOf({ delimiter }: { readonly delimiter: string }): string {
  return delimiter.replaceAll('\\t', '\t')
}
