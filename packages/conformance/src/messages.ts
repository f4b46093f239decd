/** What a worker is started with. */
export interface Settings {
  /** Path of the bundled suite. */
  readonly suite: string
  /** The backend under test; `cpu` is tfjs's own, for comparison. */
  readonly backend: 'onnxruntime' | 'cpu'
  readonly smallWork: 'cpu' | 'onnxruntime'
  /** The worker runs every `of`-th of the top suites, from the one of this index on. */
  readonly shard: { readonly index: number; readonly of: number }
  /** Only specs with this in their full name. */
  readonly grep?: string | undefined
}

/** One spec that was run. */
export interface SpecResult {
  readonly name: string
  readonly status: 'passed' | 'failed'
  /** Messages of what did not hold. */
  readonly failures: readonly string[]
}

/** Kernels computed, by kernel and place. */
export type Tally = Readonly<Record<string, number>>

/** What a worker sends when it is done. */
export interface Report {
  readonly specs: readonly SpecResult[]
  readonly tally: Tally
}
