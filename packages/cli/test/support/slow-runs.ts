/** Far longer than anybody waits. */
export const FOR_EVER = 1e9

/**
 * The environment of the tiny experiment's engine `sluggish`.
 *
 * @param at milliseconds of the first runs of its programs; the others take no longer than they must. It says `run 3 begins`.
 * @param isBlocking whether the process hears nothing meanwhile, as with an engine that computes in one call.
 */
export function slowRuns(
  at: readonly number[],
  isBlocking: boolean,
): Readonly<Record<string, string>> {
  return { ASHLAR_TEST_SLOW_RUNS: JSON.stringify({ at, isBlocking }) }
}
