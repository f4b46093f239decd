import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hashFile } from './hash-file.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** Whether a file is what the file of its SHA-256 says. */
export function scanWhole({ files }: ScanRequest): Scanned {
  const [path, digest] = files as [string, string]
  const hash = createHash('sha256')
  hashFile(hash, path)
  const isWhole = hash.digest('hex') === readFileSync(digest, 'utf8').trim()
  return {
    length: 0,
    store: { kind: 'numpy' },
    columns: {},
    perFile: [],
    digest: '',
    facts: { isWhole },
  }
}
