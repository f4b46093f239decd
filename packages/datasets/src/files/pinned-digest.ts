import { createHash } from 'node:crypto'
import { DataError } from '@ashlar/errors'

/** SHA-256 of some bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Checks bytes against the digest that is pinned for them.
 *
 * @param where the file or address to name in the error.
 * @throws DataError when they differ.
 */
export function checkDigest(bytes: Uint8Array, pinned: string, where: string): void {
  const found = sha256(bytes)
  if (found === pinned) return
  throw new DataError({
    where,
    expected: `the contents must have the SHA-256 ${pinned}`,
    given: found,
    hint: 'The file is damaged, was changed, or is another one of the same shape: get it again.',
  })
}
