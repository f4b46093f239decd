import type { TokenEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { openTokenizer, readTokenizer } from './tokenizer.ts'

/** Texts as the tokens of a model, and back. */
export interface TextCodec {
  /** @throws DataError for a text without a token, and for what is none of the vocabulary. */
  encode(text: string): readonly number[]
  decode(ids: readonly number[]): string
}

/**
 * What a model's file says of its tokens, as something that makes them.
 *
 * @param where who asks, for errors.
 * @throws DataError for a tokenizer that is none.
 */
export function textCodec(encoding: TokenEncoding, where: string): TextCodec {
  if (encoding.kind === 'bytes' || encoding.kind === 'tokenizer') {
    const tokenizer =
      encoding.kind === 'bytes' ? openTokenizer(undefined) : readTokenizer(encoding.json, where)
    return {
      encode: (text) => {
        const ids = tokenizer.encode(text)
        if (ids.length === 0) throw noPrompt(where, tokenizer.vocabulary)
        if (ids.some((id) => !(id < tokenizer.vocabulary.length))) {
          throw new DataError({
            where,
            expected: `must be of the vocabulary of ${tokenizer.vocabulary.length} tokens`,
            given: text,
          })
        }
        return ids
      },
      decode: (ids) => tokenizer.decode(ids),
    }
  }
  return encoding.kind === 'words'
    ? listed(encoding.words, { unit: 'word', between: ' ', split: words }, where)
    : listed(
        encoding.characters,
        { unit: 'character', between: '', split: (text) => [...text] },
        where,
      )
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

interface Listing {
  readonly unit: 'word' | 'character'
  readonly between: string
  split(text: string): readonly string[]
}

function listed(
  entries: readonly string[],
  { unit, between, split }: Listing,
  where: string,
): TextCodec {
  const ids = new Map(entries.map((entry, id) => [entry, id]))
  return {
    decode: (tokens) => tokens.map((token) => entries[token] ?? '').join(between),
    encode(text) {
      const parts = split(text)
      if (parts.length === 0) throw noPrompt(where, entries)
      return parts.map((part, at) => {
        const id = ids.get(part)
        if (id !== undefined) return id
        throw new DataError({
          where: `${where}, ${unit} ${at + 1} of the prompt`,
          expected: `must be in the vocabulary of ${entries.length} tokens`,
          given: part,
          hint: `It has ${JSON.stringify(entries.slice(0, 40).join(between))}`,
        })
      })
    },
  }
}

function noPrompt(where: string, entries: readonly string[]): DataError {
  return new DataError({
    where,
    expected: 'there must be a prompt to go on from',
    hint: `For example ${JSON.stringify(entries.find((entry) => entry.trim() !== '') ?? entries[0])}.`,
  })
}
