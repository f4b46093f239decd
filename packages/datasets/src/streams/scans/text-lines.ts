import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DataError } from '@ashlar/errors'
import { lineText, type TextLinesPlan } from '../stores/text-lines.ts'
import { sharedFloat64 } from '../texts.ts'
import { openTokenizer } from '../tokenizer.ts'
import { FoundRecords } from './found-records.ts'
import { linesOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Text files whose lines are samples of their own: where each is, and how many tokens it has. Lines without two tokens teach nothing, and are none. */
export function scanTextLines({ files, options }: ScanRequest): Scanned {
  const { tokenizer } = options as { readonly tokenizer: string | undefined }
  const known = openTokenizer(tokenizer)
  const hash = createHash('sha256')
  if (tokenizer !== undefined) hash.update(readFileSync(tokenizer))
  const found = new FoundRecords()
  const lengths: number[] = []
  const perFile: number[] = []
  for (const [index, path] of files.entries()) {
    const before = lengths.length
    for (const line of linesOf(path, hash)) {
      const { bytes } = line
      const count = known.encode(lineText(bytes)).length
      if (count < 2) continue
      found.add(index, line)
      lengths.push(count)
    }
    perFile.push(lengths.length - before)
    if (lengths.length === before) {
      throw new DataError({ where: path, expected: 'must hold lines of at least 2 tokens' })
    }
  }
  const store: TextLinesPlan = {
    kind: 'textLines',
    paths: files,
    counted: { unit: 'record', first: 1 },
    ...found.done(),
  }
  return {
    length: lengths.length,
    store,
    columns: { lengths: { codes: new Uint32Array(0), names: [], numbers: sharedFloat64(lengths) } },
    perFile,
    ...packedChunks(files, store),
    digest: hash.digest('hex'),
    facts: { vocabulary: known.vocabulary },
  }
}
