import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { openTokenizer } from '../tokenizer.ts'
import { beyond } from './tokens.ts'

/** A text as tokens, and what follows each of them: cut off what is more, filled up what is less. */
export interface LinePlan extends DecodePlan {
  readonly kind: 'line'
  /** Tokens of a sample. */
  readonly length: number
  readonly tokenizer: string | undefined
  /** The label of what fills up. */
  readonly ignoreIndex: number
}

/** @throws DataError for a token beyond the vocabulary. */
export function lineDecoder({ length, tokenizer, ignoreIndex }: LinePlan): RecordDecoder {
  const { encode, padding, vocabulary } = openTokenizer(tokenizer)
  return (record, { where, place, into }) => {
    const ids = encode(record as string).slice(0, length + 1)
    const wrong = ids.find((id) => !(id < vocabulary.length))
    if (wrong !== undefined) throw beyond(where, wrong, vocabulary)
    for (let at = 0; at < length; at++) {
      const isThere = at + 1 < ids.length
      into.inputs[place * length + at] = isThere ? ids[at]! : padding
      into.labels[place * length + at] = isThere ? ids[at + 1]! : ignoreIndex
    }
  }
}
