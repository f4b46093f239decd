import { z } from 'zod'

/** A number, NaN and the infinities among them, which zod's own schema refuses. */
export const anyNumber: z.ZodType<number> = z.custom<number>((value) => typeof value === 'number', {
  error: 'must be a number',
})
