import type { PreparedProgram } from '../engines/engine.ts'

/**
 * Programs that have run once with a batch size, and will run again: engines that compile look then whether they do the same each time. Who knows what comes
 * next chooses when.
 */
export class FirstRuns {
  readonly #waiting = new Map<PreparedProgram, Set<number>>()
  readonly #confirmed = new Map<PreparedProgram, Set<number>>()

  /** A program has run. */
  add(program: PreparedProgram, batchSize: number): void {
    if (this.#confirmed.get(program)?.has(batchSize)) return
    sizesOf(this.#waiting, program).add(batchSize)
  }

  /** Whether a program has run with a batch size and is not confirmed yet. */
  has(program: PreparedProgram, batchSize: number): boolean {
    return this.#waiting.get(program)?.has(batchSize) ?? false
  }

  /**
   * Confirms all that wait.
   *
   * @throws EngineError for one that would do something else the next time.
   */
  async confirm(): Promise<void> {
    for (const [program, sizes] of this.#waiting) {
      this.#waiting.delete(program)
      await program.warm(sizes, { run: false })
      for (const size of sizes) sizesOf(this.#confirmed, program).add(size)
    }
  }

  /** Programs are renewed: each has its first run again. */
  clear(): void {
    this.#waiting.clear()
    this.#confirmed.clear()
  }
}

function sizesOf(map: Map<PreparedProgram, Set<number>>, program: PreparedProgram): Set<number> {
  const sizes = map.get(program) ?? new Set<number>()
  map.set(program, sizes)
  return sizes
}
