/** The smallest buffer. */
const MIN_BYTES = 2 ** 12

/**
 * Memory that the server's thread shares with a worker, used again and again. What goes to a worker in buffers of its own is garbage
 * afterwards, and a lot of it: collecting that took as much of the machine as answering.
 */
export class SharedBuffers {
  private readonly free: SharedArrayBuffer[] = []

  /** A buffer of at least so many bytes. */
  take(size: number): SharedArrayBuffer {
    const found = this.free.pop()
    if (found !== undefined && found.byteLength >= size) return found
    // Rounded up, so that the next one, which is a little larger, fits as well.
    return new SharedArrayBuffer(Math.max(MIN_BYTES, 2 ** Math.ceil(Math.log2(size))))
  }

  /** Takes a buffer back that nobody reads any more. */
  giveBack(buffer: SharedArrayBuffer): void {
    this.free.push(buffer)
  }
}
