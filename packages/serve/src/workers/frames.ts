import type { Writable } from 'node:stream'

// Between the server and a worker: the length of a head as uint32 and that of a payload as float64, then the head as JSON, then the payload.
const PREFIX = 12

/** A head takes names, shapes and numbers alone. */
const MAX_HEAD = 2 ** 24

/** A message with bytes behind it. */
export interface Frame {
  readonly head: unknown
  readonly payload: Uint8Array<ArrayBuffer>
}

/** What stands before the payload. */
export function frameStart(head: object, size: number): Buffer {
  const text = JSON.stringify(head)
  const length = Buffer.byteLength(text)
  const start = Buffer.allocUnsafe(PREFIX + length)
  start.writeUInt32LE(length, 0)
  start.writeDoubleLE(size, 4)
  start.write(text, PREFIX)
  return start
}

/** Writes a frame. The payload's pieces are not copied: they must stay as they are until the stream has sent them. */
export function writeFrame(
  stream: Writable,
  head: object,
  pieces: readonly Uint8Array[],
  size: number,
): void {
  const start = frameStart(head, size)
  if (pieces.length === 0) {
    stream.write(start)
    return
  }
  stream.cork()
  stream.write(start)
  for (const piece of pieces) if (piece.length > 0) stream.write(piece)
  stream.uncork()
}

/** Puts frames together from a stream's chunks. */
export class FrameReader {
  private readonly allocate: (size: number) => ArrayBuffer
  private readonly maxPayload: number
  private readonly prefix: Buffer = Buffer.alloc(PREFIX)
  private head: Buffer | undefined
  private payload: Uint8Array<ArrayBuffer> | undefined
  private filled = 0

  /**
   * @param allocate gives memory of at least so many bytes for a payload.
   * @param maxPayload bytes of a payload; a longer one is an error.
   */
  constructor(allocate: (size: number) => ArrayBuffer, maxPayload: number) {
    this.allocate = allocate
    this.maxPayload = maxPayload
  }

  /**
   * Takes bytes of a chunk, up to the end of a frame.
   *
   * @returns the frame that is complete, if any, and how many bytes of the chunk were used.
   * @throws Error for what is no frame, or too long.
   */
  take(chunk: Uint8Array): { frame: Frame | undefined; used: number } {
    let used = 0
    for (;;) {
      const target = this.payload ?? this.head ?? this.prefix
      const count = Math.min(target.length - this.filled, chunk.length - used)
      target.set(chunk.subarray(used, used + count), this.filled)
      this.filled += count
      used += count
      if (this.filled < target.length) return { frame: undefined, used }
      this.filled = 0
      if (this.head === undefined) this.startHead()
      else if (this.payload !== undefined || this.startPayload().length === 0) {
        return { frame: this.finish(), used }
      }
    }
  }

  /** Where the rest of a payload is to be written, when the beginning of its frame has come. */
  get missing(): Uint8Array | undefined {
    return this.payload?.subarray(this.filled)
  }

  /** Says that so many bytes were written to where they were missing. */
  advance(bytes: number): Frame | undefined {
    this.filled += bytes
    if (this.filled < this.payload!.length) return undefined
    this.filled = 0
    return this.finish()
  }

  private startHead(): void {
    const length = this.prefix.readUInt32LE(0)
    if (length === 0 || length > MAX_HEAD) throw new Error(`a head of ${length} bytes`)
    this.head = Buffer.allocUnsafe(length)
  }

  private startPayload(): Uint8Array {
    const size = this.prefix.readDoubleLE(4)
    if (!(Number.isSafeInteger(size) && size >= 0 && size <= this.maxPayload)) {
      throw new Error(`a payload of ${size} bytes`)
    }
    this.payload = new Uint8Array(this.allocate(size), 0, size)
    return this.payload
  }

  private finish(): Frame {
    const frame = { head: JSON.parse(this.head!.toString('utf8')), payload: this.payload! }
    this.head = undefined
    this.payload = undefined
    return frame
  }
}
