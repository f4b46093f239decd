/** Some of the rows of a dataset, a bit for each of all. */
export class RowSet {
  readonly #bits: Uint8Array
  #size = 0

  /** @param length of all rows. */
  constructor(length: number) {
    this.#bits = new Uint8Array(Math.ceil(length / 8))
  }

  get size(): number {
    return this.#size
  }

  add(row: number): void {
    if (this.has(row)) return
    this.#bits[row >> 3]! |= 1 << (row & 7)
    this.#size++
  }

  has(row: number): boolean {
    return (this.#bits[row >> 3]! & (1 << (row & 7))) !== 0
  }

  /** In their order. */
  rows(): Uint32Array {
    return this.first(this.#size)
  }

  /** So many of them, if there are. */
  first(most: number): Uint32Array {
    const rows = new Uint32Array(Math.min(most, this.#size))
    let count = 0
    for (let row = 0; count < rows.length; row++) if (this.has(row)) rows[count++] = row
    return rows
  }
}
