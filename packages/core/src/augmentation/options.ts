import { z } from 'zod'

/** Two numbers between which something is drawn. */
export function range(least: number, most: number): z.ZodTuple<[z.ZodNumber, z.ZodNumber], null> {
  return z
    .tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([low, high]) => low <= high, { error: 'must be the smaller number, then the larger' })
}
