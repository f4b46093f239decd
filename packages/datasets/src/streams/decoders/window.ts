import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** A stretch of tokens, and what follows each of them. */
export interface WindowPlan extends DecodePlan {
  readonly kind: 'window'
  /** Tokens of a sample. */
  readonly length: number
}

/** The record has one token more than a sample: inputs are all but the last, labels all but the first. */
export function windowDecoder({ length }: WindowPlan): RecordDecoder {
  return (record, { place, into }) => {
    const tokens = record as ArrayLike<number>
    for (let at = 0; at < length; at++) {
      into.inputs[place * length + at] = tokens[at]!
      into.labels[place * length + at] = tokens[at + 1]!
    }
  }
}
