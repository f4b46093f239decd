/**
 * Runs a task for the newest of many inputs: while one is under way, later ones replace each other, and the last is run when it ends.
 *
 * @template T
 * @param {(input: T) => Promise<void>} task
 * @param {(error: unknown) => void} onError told when the task fails; the next input is taken all the same
 * @returns {(input: T) => void}
 */
export function latestOnly(task, onError) {
  let isBusy = false
  /** @type {{ input: T } | undefined} */
  let waiting
  /** @param {T} input */
  const run = async (input) => {
    isBusy = true
    try {
      await task(input)
    } catch (error) {
      onError(error)
    } finally {
      isBusy = false
      if (waiting !== undefined) {
        const next = waiting.input
        waiting = undefined
        void run(next)
      }
    }
  }
  return (input) => {
    if (isBusy) waiting = { input }
    else void run(input)
  }
}
