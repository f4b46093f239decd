/** Bytes as they came: one after the other, in memory of their own. Joining them would double what a large request leaves behind. */
export type Pieces = readonly Uint8Array[]

/** How many bytes there are. */
export function lengthOf(pieces: Pieces): number {
  let length = 0
  for (const piece of pieces) length += piece.length
  return length
}

/** Some of the bytes, not copied. */
export function slice(pieces: Pieces, begin: number, end: number): Pieces {
  const found: Uint8Array[] = []
  let offset = 0
  for (const piece of pieces) {
    const from = Math.max(0, begin - offset)
    const to = Math.min(piece.length, end - offset)
    if (from < to) found.push(from === 0 && to === piece.length ? piece : piece.subarray(from, to))
    offset += piece.length
  }
  return found
}

/** The bytes in one piece; copied only when there are several. */
export function joined(pieces: Pieces): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
