import {
  firstDifference,
  type RunnableProgram,
  type SteadyGraph,
  type UnconfirmedGraph,
} from '@ashlar/graph'

/** A program as it was captured once, compiled for a batch size. */
interface Variant {
  readonly fingerprint: SteadyGraph['fingerprint']
  readonly compiled: RunnableProgram
}

/** So many ways in which a program came out are kept for a batch size: a layer that is frozen and thawed in turn has two. */
const KEPT_VARIANTS = 4

/** How a program becomes one that runs. */
export interface Making {
  capture(batchSize: number): UnconfirmedGraph
  compile(captured: SteadyGraph): Promise<RunnableProgram>
  /** See `Program.isChanged`. */
  isChanged?(): boolean
}

/** What a program does now, for a batch size. */
interface Made {
  readonly compiled: RunnableProgram
  hasRun: boolean
  /** What is still to be done before it runs again. */
  confirm: UnconfirmedGraph['confirm'] | undefined
}

/**
 * A program compiled for each batch size that comes, and again when it has changed. Whether it does the same each time is looked at between its first run and
 * its second: the first was captured for what it does. One that comes out otherwise as somebody has changed what it reads is made anew.
 */
export class SizedPrograms {
  readonly #making: Making
  /** By batch size, the one in use first. */
  readonly #variants = new Map<number, Variant[]>()
  /** Batch sizes whose first variant is what the program does now. */
  readonly #current = new Map<number, Promise<Made>>()

  constructor(making: Making) {
    this.#making = making
  }

  /**
   * The program, compiled.
   *
   * @throws EngineError for one that has run once, and would do something else the next time.
   */
  async ready(batchSize: number): Promise<RunnableProgram> {
    return (await this.#ready(batchSize)).compiled
  }

  /** The same for who runs it once. */
  async toRun(batchSize: number): Promise<RunnableProgram> {
    const made = await this.#ready(batchSize)
    made.hasRun = true
    return made.compiled
  }

  renew(): void {
    this.#current.clear()
  }

  async #ready(batchSize: number): Promise<Made> {
    const made = await this.#made(batchSize)
    if (!made.hasRun || made.confirm === undefined) return made
    try {
      made.confirm()
    } catch (error) {
      if (this.#making.isChanged?.() !== true) throw error
      this.#current.delete(batchSize)
      return this.#made(batchSize)
    }
    // What it captured is let go.
    made.confirm = undefined
    return made
  }

  #made(batchSize: number): Promise<Made> {
    const known = this.#current.get(batchSize)
    if (known !== undefined) return known
    const made = this.#make(batchSize)
    this.#current.set(batchSize, made)
    return made
  }

  async #make(batchSize: number): Promise<Made> {
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
    return { compiled: variant.compiled, hasRun: false, confirm: captured.confirm }
  }

  async dispose(): Promise<void> {
    // A program that could not be compiled has nothing to free; its error went to whoever ran it.
    await Promise.allSettled(this.#current.values())
    for (const variants of this.#variants.values()) {
      for (const { compiled } of variants) await compiled.dispose()
    }
  }
}
