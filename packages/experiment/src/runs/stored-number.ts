import { z } from 'zod'

/** A number of a file in JSON, which has neither NaN nor infinities: null is NaN. */
export const storedNumber: z.ZodType<number> = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)
