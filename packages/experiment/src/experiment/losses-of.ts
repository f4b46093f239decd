import type { CompileOptions, OutputHead } from '@ashlar/core'

/** Heads as `compile` takes them. */
export function lossesOf(heads: readonly OutputHead[]): Omit<CompileOptions, 'optimizer'> {
  const [only] = heads
  if (only !== undefined && only.name === undefined) {
    return { loss: only.loss, metrics: only.metrics }
  }
  const by = <T>(of: (head: OutputHead) => T): Record<string, T> =>
    Object.fromEntries(heads.map((head) => [head.name!, of(head)]))
  return {
    loss: by(({ loss }) => loss),
    lossWeights: by(({ weight }) => weight),
    metrics: by(({ metrics }) => metrics),
  }
}
