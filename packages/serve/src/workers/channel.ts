import { readSync, writevSync } from 'node:fs'
import { type Frame, FrameReader, frameStart } from './frames.ts'

/** How much is read at once where it is not known how much will come. */
const CHUNK = 2 ** 16

/** How long to wait where the system does not wait itself, in milliseconds. */
const PAUSE_MS = 1

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * The worker's side of its connection: it waits for what comes and for what it sends. A worker has nothing else to do meanwhile, and streams would take longer than
 * a small run.
 */
export class Channel {
  private readonly fd: number
  private readonly reader: FrameReader
  private readonly chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK)
  private rest: Uint8Array = new Uint8Array(0)

  /**
   * @param allocate gives memory of at least so many bytes for a payload.
   * @param maxPayload bytes of a payload, at most.
   */
  constructor(fd: number, allocate: (size: number) => ArrayBuffer, maxPayload: number) {
    this.fd = fd
    this.reader = new FrameReader(allocate, maxPayload)
  }

  /** The next message; `undefined` when the other side has gone. */
  receive(): Frame | undefined {
    for (;;) {
      if (this.rest.length > 0) {
        const { frame, used } = this.reader.take(this.rest)
        this.rest = this.rest.subarray(used)
        if (frame !== undefined) return frame
      }
      // What is missing of a payload goes to where it is wanted; the beginning of a message comes with what is there of it.
      const target = this.reader.missing
      const size = target === undefined ? this.read(this.chunk) : this.read(target)
      if (size === 0) return undefined
      if (target === undefined) this.rest = this.chunk.subarray(0, size)
      else {
        const frame = this.reader.advance(size)
        if (frame !== undefined) return frame
      }
    }
  }

  /** Sends a message. */
  send(head: object, pieces: readonly Uint8Array[], size: number): void {
    let left: readonly Uint8Array[] = [frameStart(head, size), ...pieces]
    while (left.length > 0)
      left = behind(
        left,
        wait(() => writevSync(this.fd, left)),
      )
  }

  private read(target: Uint8Array): number {
    return wait(() => readSync(this.fd, target, 0, target.length, null))
  }
}

/** What is left of pieces after so many bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes
  for (const [index, piece] of pieces.entries()) {
    if (left < piece.length) return [piece.subarray(left), ...pieces.slice(index + 1)]
    left -= piece.length
  }
  return []
}

function wait(work: () => number): number {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(sleeper, 0, 0, PAUSE_MS)
    }
  }
}
