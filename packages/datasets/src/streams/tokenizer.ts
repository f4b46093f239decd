import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { DataError } from '@ashlar/errors'
import type { Tokenizer } from '@huggingface/tokenizers'
import { reasonOf, unreadable } from '../files/read-file.ts'

/** Texts as numbers. */
export interface TextTokenizer {
  encode(text: string): readonly number[]
  /** What each number stands for, in their order. */
  readonly vocabulary: readonly string[]
  /** What fills a text that is too short. */
  readonly padding: number
}

/**
 * A tokenizer: each byte of UTF-8 as it is, or what a `tokenizer.json` of Hugging Face says.
 *
 * @param file absolute path of a tokenizer.json; undefined for bytes.
 * @throws DataError when it cannot be read or is none.
 */
export function openTokenizer(file: string | undefined): TextTokenizer {
  if (file === undefined) {
    return {
      encode: (text) => [...Buffer.from(text)],
      vocabulary: Array.from({ length: 256 }, (_, byte) => byteName(byte)),
      padding: 0,
    }
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
  try {
    // Files leave out what they have none of, and the library wants each.
    const steps = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
    const json = { ...steps, ...(JSON.parse(text) as { padding?: { pad_id?: number } }) }
    // Loaded by those who have one.
    const { Tokenizer: Opened } = createRequire(import.meta.url)('@huggingface/tokenizers') as {
      readonly Tokenizer: typeof Tokenizer
    }
    const tokenizer = new Opened(json, {})
    const words = tokenizer.get_vocab(true)
    const vocabulary: string[] = []
    for (const [word, id] of words) vocabulary[id] = word
    for (let id = 0; id < vocabulary.length; id++) vocabulary[id] ??= `<${id}>`
    return {
      encode: (given) => tokenizer.encode(given).ids,
      vocabulary,
      padding: json.padding?.pad_id ?? words.get('[PAD]') ?? words.get('<pad>') ?? 0,
    }
  } catch (cause) {
    throw new DataError({
      where: file,
      expected: `must be a tokenizer.json of Hugging Face (${reasonOf(cause)})`,
      cause,
    })
  }
}

function byteName(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? String.fromCharCode(byte)
    : `<0x${byte.toString(16).padStart(2, '0')}>`
}
