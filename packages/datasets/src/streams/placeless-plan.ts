import type { FieldsPlan } from './decoders/fields.ts'
import type { DecodePlan } from './reader.ts'

/** What a plan says, wherever its data lies: what files hold is in the digests of scans. */
export function placelessPlan(decode: DecodePlan): object {
  const parts = (decode as Partial<FieldsPlan>).parts?.map((part) => ({
    ...{ ...part, plan: placelessPlan(part.plan) },
  }))
  return { ...decode, folder: undefined, tokenizer: undefined, parts }
}
