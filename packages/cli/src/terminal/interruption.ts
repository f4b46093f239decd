import type { RunObserver } from '@ashlar/core'
import { exitCodes } from '../exit-codes.ts'

/** Seconds that work is waited for once it was asked to stop. */
const PATIENCE = 10

/** Ctrl-C while something runs that can stop in good order. */
export interface Interruption {
  readonly signal: AbortSignal
  /**
   * To be told of an engine's runs. One that may take longer than work is waited for is left to the system: a signal ends the process in the midst of it. It may be
   * a single call, which hears nothing until it is done.
   */
  readonly runs: RunObserver
  /** The work has stopped: what is left may take its time. */
  stopped(): void
  /** Gives the signals back to the system. */
  end(): void
}

/** What is said of an interruption. */
export interface InterruptionNews {
  /** At the first signal, to say what happens now. */
  told(): void
  /**
   * When the work goes on for another ten seconds, before the process ends. Work that comes without is waited for, however long it takes.
   */
  late?(): void
}

/**
 * The first Ctrl-C (or SIGTERM) asks the work to stop, the second ends the process at once.
 */
export function listenForInterruption({ told, late }: InterruptionNews): Interruption {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const listen = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort(new Error(`interrupted by ${signal}`))
    told()
    if (late === undefined) return
    timer = setTimeout(() => {
      late()
      process.exit(exitCodes.interrupted)
    }, PATIENCE * 1000).unref()
  }
  const off = () => {
    process.off('SIGINT', listen)
    process.off('SIGTERM', listen)
  }
  const on = () => {
    off()
    process.on('SIGINT', listen)
    process.on('SIGTERM', listen)
  }
  on()
  let hasEnded = false
  let isLeft = false
  return {
    signal: controller.signal,
    runs: {
      begin(expected = Number.POSITIVE_INFINITY) {
        // Runs vary.
        isLeft = expected > PATIENCE / 2
        if (isLeft) off()
      },
      end() {
        if (isLeft && !hasEnded) on()
        isLeft = false
      },
    },
    stopped: () => clearTimeout(timer),
    end() {
      hasEnded = true
      clearTimeout(timer)
      off()
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
