import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { unreadable } from '../../files/read-file.ts'
import { isPacked, unpackFile } from '../shard-files.ts'

const BLOCK = 1 << 20
const LF = 0x0a
const CR = 0x0d
const QUOTE = 0x22

/** A line of a file. */
export interface FoundLine {
  readonly bytes: Buffer
  readonly offset: number
}

/** The bytes of a file block by block, unpacked where they are packed. */
export function* blocksOf(path: string): Generator<Buffer, void, undefined> {
  if (isPacked(path)) {
    yield unpackFile(path)
    return
  }
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (cause) {
    throw unreadable(path, cause)
  }
  try {
    for (;;) {
      const block = Buffer.allocUnsafe(BLOCK)
      const count = readSync(descriptor, block, 0, BLOCK, null)
      if (count === 0) return
      yield block.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The lines of a file one after the other, without their ends; empty ones are left out.
 *
 * @param quoted as in CSV: a line end within quotes is none, and a CR is one too.
 */
export function* linesOf(
  path: string,
  hash: Hash,
  quoted = false,
): Generator<FoundLine, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  let offset = 0
  let isInside = false
  for (const block of blocksOf(path)) {
    hash.update(block)
    const bytes = rest.length === 0 ? block : Buffer.concat([rest, block])
    let start = 0
    let at = rest.length
    for (;;) {
      const end = quoted ? endOfRecord() : bytes.indexOf(LF, at)
      if (end < 0) break
      if (end > start) yield { bytes: bytes.subarray(start, end), offset: offset + start }
      start = end + 1
      at = start
    }
    rest = Buffer.from(bytes.subarray(start))
    offset += start

    function endOfRecord(): number {
      for (; at < bytes.length; at++) {
        const byte = bytes[at]!
        if (byte === QUOTE) isInside = !isInside
        else if ((byte === LF || byte === CR) && !isInside) return at
      }
      return -1
    }
  }
  if (rest.length > 0) yield { bytes: rest, offset }
}
