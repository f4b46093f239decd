import { z } from 'zod'

/** Which steps of a series get an answer: the last one, or each one of its own. */
export type Gives = 'last' | 'steps'

/** The option `gives` of networks for series. */
export function givesOption(): z.ZodDefault<z.ZodEnum<{ last: 'last'; steps: 'steps' }>> {
  return z.enum(['last', 'steps']).default('last').describe('What gets an answer.')
}
