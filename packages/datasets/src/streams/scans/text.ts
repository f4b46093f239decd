import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { FileBeside } from '../../files/write-beside.ts'
import { beyond } from '../decoders/tokens.ts'
import type { WindowsPlan } from '../stores/windows.ts'
import { sharedUint32 } from '../texts.ts'
import { openTokenizer, type TextTokenizer } from '../tokenizer.ts'
import { hashFile } from './hash-file.ts'
import { linesOf } from './line-reader.ts'
import type { Scanned, ScanRequest } from './scan.ts'

interface TextOptions {
  readonly tokens: number
  readonly stride: number
  readonly tokenizer: string | undefined
  /** Where tokens are kept, absolute. */
  readonly cache: string
}

/** Text files as stretches of tokens. Tokens of a tokenizer are kept in a file, made once for a text and a tokenizer. */
export function scanText({ files, options }: ScanRequest): Scanned {
  const { tokens, stride, tokenizer, cache } = options as unknown as TextOptions
  const known = openTokenizer(tokenizer)
  const hash = createHash('sha256').update(JSON.stringify([tokens, stride]))
  // A file's tokens follow from its bytes and these.
  const rules = tokenizer === undefined ? undefined : readFileSync(tokenizer)
  const paths = files.map((path) => {
    if (rules === undefined) {
      hashFile(hash, path)
      return path
    }
    const own = createHash('sha256').update(rules)
    hashFile(own, path)
    const key = own.digest('hex')
    hash.update(key)
    return tokenized(path, known, join(cache, `${key}.tokens`))
  })
  const bytes = tokenizer === undefined ? 1 : 4
  const perFile = paths.map((path, at) => {
    const count = Math.floor(statSync(path).size / bytes)
    if (count <= tokens) {
      throw new DataError({
        where: files[at]!,
        expected: `must have more than the ${tokens} tokens of a sample`,
        given: count,
        hint: 'Make `tokens` smaller, or put short texts into one file.',
      })
    }
    return Math.floor((count - 1 - tokens) / stride) + 1
  })
  const store: WindowsPlan = {
    ...{ kind: 'windows', paths, names: files, bytes, length: tokens },
    counted: { unit: 'token', first: 0, step: stride },
    files: sharedUint32(perFile.flatMap((count, at) => Array<number>(count).fill(at))),
  }
  return {
    length: store.files.length,
    store,
    columns: {},
    perFile,
    digest: hash.digest('hex'),
    facts: { vocabulary: known.vocabulary },
  }
}

/** Writes the tokens of a text to a file that is there whole or not at all, unless it is there; returns its path. */
function tokenized(path: string, known: TextTokenizer, file: string): string {
  if (existsSync(file)) return file
  const tokens = new FileBeside(file)
  try {
    let line = 0
    for (const { bytes } of linesOf(path)) {
      line++
      const ids = known.encode(`${bytes.toString()}\n`)
      const wrong = ids.find((id) => !(id < known.vocabulary.length))
      if (wrong !== undefined) throw beyond(`${path}, line ${line}`, wrong, known.vocabulary)
      const numbers = Buffer.alloc(4 * ids.length)
      for (const [at, id] of ids.entries()) numbers.writeUInt32LE(id, 4 * at)
      tokens.put(numbers)
    }
    tokens.keep()
  } catch (cause) {
    tokens.drop()
    throw cause
  }
  return file
}
