import { exitCodes } from '../exit-codes.ts'

/** Ctrl-C while something runs that can stop in good order. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Gives the signals back to the system. */
  end(): void
}

/**
 * The first Ctrl-C (or SIGTERM) asks the work to stop, the second ends the process at once.
 *
 * @param told called at the first, to say what happens now.
 */
export function listenForInterruption(told: () => void): Interruption {
  const controller = new AbortController()
  const listen = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort(new Error(`interrupted by ${signal}`))
    told()
  }
  process.on('SIGINT', listen)
  process.on('SIGTERM', listen)
  return {
    signal: controller.signal,
    end() {
      process.off('SIGINT', listen)
      process.off('SIGTERM', listen)
    },
  }
}

/** Settled once a signal says that the work is to stop. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
