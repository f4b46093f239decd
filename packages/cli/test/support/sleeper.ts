/** The override that adds the callback `sleeper` of the tiny experiment. */
export const SLEEPER = 'callbacks={sleeper: {}}'

/**
 * The environment in which it sleeps for ever once so many epochs are done, and says `asleep`: a process that is to be interrupted or killed in the
 * midst of its work must not be done before, however fast it is.
 */
export function sleepAfter(epochs: number): Readonly<Record<string, string>> {
  return { ASHLAR_TEST_SLEEP_AFTER: String(epochs) }
}
