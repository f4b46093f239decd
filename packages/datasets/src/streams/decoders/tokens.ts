import { DataError } from '@ashlar/errors'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { openTokenizer } from '../tokenizer.ts'

/** A text as tokens of one length: cut off what is more, filled up what is less. */
export interface TokensPlan extends DecodePlan {
  readonly kind: 'tokens'
  readonly field: string
  /** Tokens of a sample. */
  readonly length: number
  readonly tokenizer: string | undefined
  /** SHA-256 of the tokenizer's file: the same text is other data by other rules. */
  readonly rules?: string | undefined
}

/** @throws DataError for what is no text, and for a token beyond the vocabulary. */
export function tokensDecoder({ field, length, tokenizer }: TokensPlan): RecordDecoder {
  const { encode, padding, vocabulary } = openTokenizer(tokenizer)
  return (record, { where, place, into }) => {
    const value = fieldIn(record, field, where)
    const text = textIn(value)
    if (text === undefined) {
      throw new DataError({
        where: `${where}, ${JSON.stringify(field)}`,
        expected: 'must be a text',
        given: value,
        hint: 'Say which field is the text by `input`.',
      })
    }
    const ids = encode(text)
    for (let at = 0; at < length; at++) {
      const id = ids[at] ?? padding
      if (!(id < vocabulary.length))
        throw beyond(`${where}, ${JSON.stringify(field)}`, id, vocabulary)
      into.inputs[place * length + at] = id
    }
  }
}

/** A field as a text, which a file may be; undefined for what is none. */
export function textIn(value: unknown): string | undefined {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : value
  return typeof text === 'string' ? text : undefined
}

/** The error for a token that nobody knows. */
export function beyond(where: string, id: number, vocabulary: readonly string[]): DataError {
  return new DataError({
    where,
    expected: `tokens must be of the vocabulary, 0 to ${vocabulary.length - 1}`,
    given: id,
    hint: 'The tokenizer.json is not whole: its vocabulary lacks what its rules give.',
  })
}
