import type { Located } from '../stores/located.ts'
import { sharedFloat64, sharedUint32 } from '../texts.ts'
import type { FoundLine } from './line-reader.ts'

/** Gathers where records lie, file after file. */
export class FoundRecords {
  readonly #files: number[] = []
  readonly #offsets: number[] = []
  readonly #sizes: number[] = []

  get length(): number {
    return this.#files.length
  }

  /** @param file its place among the files. */
  add(file: number, { bytes, offset }: FoundLine): void {
    this.#files.push(file)
    this.#offsets.push(offset)
    this.#sizes.push(bytes.length)
  }

  done(): Pick<Located, 'files' | 'offsets' | 'sizes'> {
    return {
      files: sharedUint32(this.#files),
      offsets: sharedFloat64(this.#offsets),
      sizes: sharedUint32(this.#sizes),
    }
  }
}
