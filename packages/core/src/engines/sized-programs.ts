import { firstDifference, type RunnableProgram, type SteadyGraph } from '@ashlar/graph'

/** A program as it was captured once, compiled for a batch size. */
interface Variant {
  readonly fingerprint: SteadyGraph['fingerprint']
  readonly compiled: RunnableProgram
}

/** So many ways in which a program came out are kept for a batch size: a layer that is frozen and thawed in turn has two. */
const KEPT_VARIANTS = 4

/** How a program becomes one that runs. */
export interface Making {
  capture(batchSize: number): SteadyGraph
  compile(captured: SteadyGraph): Promise<RunnableProgram>
}

/** A program compiled for each batch size that comes, and again when it has changed. */
export class SizedPrograms {
  readonly #making: Making
  /** By batch size, the one in use first. */
  readonly #variants = new Map<number, Variant[]>()
  /** Batch sizes whose first variant is what the program does now. */
  readonly #current = new Map<number, Promise<RunnableProgram>>()

  constructor(making: Making) {
    this.#making = making
  }

  of(batchSize: number): Promise<RunnableProgram> {
    let current = this.#current.get(batchSize)
    if (current === undefined) {
      current = this.#make(batchSize)
      this.#current.set(batchSize, current)
    }
    return current
  }

  renew(): void {
    this.#current.clear()
  }

  async #make(batchSize: number): Promise<RunnableProgram> {
    const captured = this.#making.capture(batchSize)
    const { fingerprint } = captured
    const variants = this.#variants.get(batchSize) ?? []
    this.#variants.set(batchSize, variants)
    const known = variants.findIndex(
      (each) => firstDifference(each.fingerprint, fingerprint) === undefined,
    )
    const variant =
      known >= 0
        ? variants.splice(known, 1)[0]!
        : { fingerprint, compiled: await this.#making.compile(captured) }
    variants.unshift(variant)
    for (const old of variants.splice(KEPT_VARIANTS)) await old.compiled.dispose()
    return variant.compiled
  }

  async dispose(): Promise<void> {
    // A program that could not be compiled has nothing to free; its error went to whoever ran it.
    await Promise.allSettled(this.#current.values())
    for (const variants of this.#variants.values()) {
      for (const { compiled } of variants) await compiled.dispose()
    }
  }
}
