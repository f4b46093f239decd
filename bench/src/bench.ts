import type { ParseArgsConfig } from 'node:util'

/** What a bench may be told on the command line, as `util.parseArgs` takes it. */
export type Flags = NonNullable<ParseArgsConfig['options']>

/** What was given for the flags. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>

/** One subject of `pnpm bench`, in a folder of its own, listed in `benches.ts`. */
export interface Bench {
  /** `train` for `pnpm bench train`. */
  readonly name: string
  /** One line. */
  readonly description: string
  readonly flags: Flags
  /** The flags in words, a line each. */
  readonly help: readonly string[]
  /** Measures, prints, writes. Throws an AshlarError for wrong flags. */
  run(values: FlagValues): Promise<void>
}
