/** Many short texts, such as the paths of a folder, in memory that threads share. */
export interface Texts {
  readonly bytes: Uint8Array
  /** Where each ends. */
  readonly ends: Uint32Array
}

/** Packs texts as they come. */
class TextPacker {
  #bytes = Buffer.alloc(1 << 16)
  #used = 0
  readonly #ends: number[] = []

  add(text: string): void {
    const size = Buffer.byteLength(text)
    if (this.#used + size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#used + size))
      this.#bytes.copy(grown)
      this.#bytes = grown
    }
    this.#used += this.#bytes.write(text, this.#used)
    this.#ends.push(this.#used)
  }

  done(): Texts {
    const bytes = sharedUint8(this.#bytes.subarray(0, this.#used))
    return { bytes, ends: sharedUint32(this.#ends) }
  }
}

/** Packs a list of texts. */
export function packTexts(texts: Iterable<string>): Texts {
  const packer = new TextPacker()
  for (const text of texts) packer.add(text)
  return packer.done()
}

/** One of the texts. */
export function textAt({ bytes, ends }: Texts, index: number): string {
  const start = index === 0 ? 0 : ends[index - 1]!
  // A decoder of Node's own does not take shared memory.
  return Buffer.from(bytes.slice(start, ends[index])).toString()
}

/** Numbers in memory that threads share. */
export function sharedUint32(numbers: ArrayLike<number>): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(4 * numbers.length))
  shared.set(numbers)
  return shared
}

/** The same for bytes. */
export function sharedUint8(numbers: ArrayLike<number>): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(numbers.length))
  shared.set(numbers)
  return shared
}

/** The same for numbers beyond 32 bits, such as places in large files. */
export function sharedFloat64(numbers: ArrayLike<number>): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(8 * numbers.length))
  shared.set(numbers)
  return shared
}
