import { createRequire } from 'node:module'
import type { TokenEncoding } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import type { Tokenizer } from '@huggingface/tokenizers'
import { readBytes, reasonOf } from '../files/read-file.ts'

/** Gaps between numbers are filled by names: vocabularies have few. */
const MOST_PER_WORD = 4
const MOST_BESIDES = 1000

/** What is looked at of the file; lists of a `vocab` are numbered by their order. */
interface TokenizerJson {
  readonly padding?: { readonly pad_id?: number } | null
  readonly model?: { readonly vocab?: Readonly<Record<string, unknown>> | readonly unknown[] }
  readonly added_tokens?: readonly { readonly content: string; readonly id: unknown }[] | null
}

/** Texts as numbers. */
export interface TextTokenizer {
  encode(text: string): readonly number[]
  /** Numbers as a text, without what stands for no text. */
  decode(ids: readonly number[]): string
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
  return file === undefined ? bytes : readTokenizer(readBytes(file).toString(), file)
}

/**
 * What a file of a model is told of the tokens that it was trained with: everything that it takes to make them of a text, and a text of them.
 *
 * @param file of a tokenizer that was opened: what it says is not looked at again.
 * @throws DataError when it cannot be read or is no JSON.
 */
export function tokenEncodingOf(file: string | undefined): TokenEncoding {
  if (file === undefined) return { kind: 'bytes' }
  try {
    return { kind: 'tokenizer', json: JSON.stringify(JSON.parse(readBytes(file).toString())) }
  } catch (cause) {
    throw noTokenizer(file, cause)
  }
}

const bytes: TextTokenizer = {
  encode: (text) => [...Buffer.from(text)],
  decode: (ids) => Buffer.from(ids).toString(),
  vocabulary: Array.from({ length: 256 }, (_, byte) => byteName(byte)),
  padding: 0,
}

/**
 * What the text of a tokenizer.json says.
 *
 * @param file names it in errors.
 * @throws DataError when it is none.
 */
export function readTokenizer(text: string, file: string): TextTokenizer {
  try {
    // Files leave out what they have none of, and the library wants each.
    const steps = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
    const json = { ...steps, ...(JSON.parse(text) as TokenizerJson) }
    const most = requireIds(file, json)
    // Loaded by those who have one.
    const { Tokenizer: Opened } = createRequire(import.meta.url)('@huggingface/tokenizers') as {
      readonly Tokenizer: typeof Tokenizer
    }
    const tokenizer = new Opened(json, {})
    const words = tokenizer.get_vocab(true)
    const padding = json.padding?.pad_id ?? words.get('[PAD]') ?? words.get('<pad>') ?? 0
    const vocabulary: string[] = []
    for (const [word, id] of words) vocabulary[id] = word
    requireId(file, 'padding', padding, most)
    for (let id = 0; id < vocabulary.length; id++) vocabulary[id] ??= `<${id}>`
    return {
      encode: (given) => tokenizer.encode(given).ids,
      // The library takes no empty list.
      decode: (ids) =>
        ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true }),
      vocabulary,
      padding,
    }
  } catch (cause) {
    throw noTokenizer(file, cause)
  }
}

/** The error for a file that is none, unless one says more already. */
function noTokenizer(file: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause
  return new DataError({
    where: file,
    expected: `must be a tokenizer.json of Hugging Face (${reasonOf(cause)})`,
    cause,
  })
}

/** Looked at before the library is given them: it makes lists of its own. Returns the largest number that may be. */
function requireIds(file: string, { model, added_tokens: added }: TokenizerJson): number {
  const words = Object.entries(Array.isArray(model?.vocab) ? {} : (model?.vocab ?? {}))
  for (const { content, id } of added ?? []) words.push([content, id])
  const count = words.length + (Array.isArray(model?.vocab) ? model.vocab.length : 0)
  const most = MOST_PER_WORD * count + MOST_BESIDES
  for (const [word, id] of words) requireId(file, word, id, most)
  return most
}

/** A number is a place in a list: whoever made the file must not say how long that is. */
function requireId(file: string, word: string, id: unknown, most: number): void {
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= most) return
  throw new DataError({
    where: `${file}, ${JSON.stringify(word)}`,
    expected: `the number of a token must be whole, from 0 to ${most}`,
    given: id,
    hint: 'The tokenizer.json is damaged: get it again.',
  })
}

function byteName(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? String.fromCharCode(byte)
    : `<0x${byte.toString(16).padStart(2, '0')}>`
}
