import seedrandom from 'seedrandom'

/**
 * Runs `fn` with `Math.random` replaced by a generator that depends on `seed` and `purpose` alone.
 *
 * tfjs seeds its initializers and its dropout from `Math.random` where they have no seed of their own; this is how one seed
 * governs them. `fn` must be synchronous: the replacement ends when it returns.
 *
 * @param purpose keeps streams of one seed apart: a weight's name, a step.
 * @example const model = withSeed(42, 'model', () => tf.sequential({ layers: [...] }))
 */
export function withSeed<T>(seed: number, purpose: string, fn: () => T): T {
  const original = Math.random // random: replaced for the duration of fn, put back below
  Math.random = seedrandom.alea(`${seed}/${purpose}`)
  try {
    return fn()
  } finally {
    Math.random = original
  }
}
