import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../../files/read-file.ts'
import { isPacked, unpackFile } from '../shard-files.ts'

const BLOCK = 1 << 20
/** The longest line. */
const MOST_LINE = 64 << 20
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
 * @param hash is given all bytes.
 * @param quoted as in CSV: a line end within quotes is none, and a CR is one too.
 * @throws DataError for a line of more than 64 MiB.
 */
export function* linesOf(
  path: string,
  hash?: Hash,
  quoted = false,
): Generator<FoundLine, void, undefined> {
  // What earlier blocks have of the line: put together once, at its end.
  let pieces: Buffer[] = []
  let held = 0
  let offset = 0
  let isInside = false
  for (const block of blocksOf(path)) {
    hash?.update(block)
    let start = 0
    while (start < block.length) {
      const end = quoted ? endOfRecord(block, start) : block.indexOf(LF, start)
      const piece = block.subarray(start, end < 0 ? block.length : end)
      pieces.push(piece)
      held += piece.length
      if (held > MOST_LINE) throw tooLong(path, offset, quoted)
      if (end < 0) break
      if (held > 0) yield { bytes: joined(pieces), offset }
      offset += held + 1
      pieces = []
      held = 0
      start = end + 1
    }
  }
  if (held > 0) yield { bytes: joined(pieces), offset }

  function endOfRecord(block: Buffer, start: number): number {
    for (let at = start; at < block.length; at++) {
      const byte = block[at]!
      if (byte === QUOTE) isInside = !isInside
      else if ((byte === LF || byte === CR) && !isInside) return at
    }
    return -1
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}

function tooLong(path: string, offset: number, quoted: boolean): DataError {
  return new DataError({
    where: `${path}, the line from byte ${offset} on`,
    expected: `a line must have at most ${MOST_LINE >> 20} MiB`,
    hint: quoted
      ? 'Is a quote open there that nothing closes?'
      : 'Is it a file of lines? Write one record, or one paragraph, on each.',
  })
}
