import { z } from 'zod'

/** The option `dropout` of what leaves nothing out unless it is told. */
export function dropoutOption(
  description = 'Part that is left out in training.',
): z.ZodDefault<z.ZodNumber> {
  return z.number().min(0).lt(1).default(0).describe(description)
}
