import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { unreadable } from '../../files/read-file.ts'

const block = Buffer.allocUnsafe(1 << 20)

/** Adds the bytes of a file, as they are on the disk. */
export function hashFile(hash: Hash, path: string): void {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (cause) {
    throw unreadable(path, cause)
  }
  try {
    for (;;) {
      const count = readSync(descriptor, block, 0, block.length, null)
      if (count === 0) return
      hash.update(block.subarray(0, count))
    }
  } finally {
    closeSync(descriptor)
  }
}
