import { EngineError } from '@ashlar/errors'
import type { Graph } from '../ir/index.ts'
import { type CaptureOptions, capture, type TensorProgram } from './capture.ts'
import { type FingerprintLine, fingerprint, firstDifference } from './fingerprint.ts'
import type { ForeignConstants } from './recorder.ts'

/** A captured program that does the same each time. */
export interface SteadyGraph {
  readonly graph: Graph
  /** Tells it from other captures of the program. */
  readonly fingerprint: readonly FingerprintLine[]
}

/** A captured program of which it is not known yet whether it does the same each time: it may run once, as what that run does was captured for it. */
export interface UnconfirmedGraph extends SteadyGraph {
  /**
   * Captures the program again, on another day.
   *
   * @throws EngineError where it is not the same then: it counts its calls, keeps a schedule of its own in JavaScript or looks at the clock, all of which
   * would stay as they were when it was captured.
   */
  confirm(): void
}

/**
 * Captures a program, for one run until it is confirmed.
 *
 * @throws EngineError as {@link capture} does.
 */
export function captureUnconfirmed(
  program: TensorProgram,
  options: CaptureOptions,
): UnconfirmedGraph {
  const foreign: ForeignConstants = new Map()
  const graph = capture(program, options, { foreign })
  const first = fingerprint(graph)
  return {
    graph,
    fingerprint: first,
    confirm() {
      const again = later(() => capture(program, options, { foreign }))
      const difference = firstDifference(first, fingerprint(again))
      if (difference === undefined) return
      throw new EngineError({
        where: `capture at ${difference.what}`,
        expected: 'a program must do the same each time it is captured',
        hint: 'What it changes itself in JavaScript, such as a counter, a schedule of its own or the time of day, would stay as it was in the first step. Keep it in a tf.variable() and assign that, or let a callback change a field.',
      })
    },
  }
}

/**
 * Captures a program twice, the second time on another day, and refuses one that is not the same then.
 *
 * @throws EngineError as {@link capture} does, and for such a program.
 */
export function captureSteady(program: TensorProgram, options: CaptureOptions): SteadyGraph {
  const { graph, fingerprint, confirm } = captureUnconfirmed(program, options)
  confirm()
  return { graph, fingerprint }
}

/** Some 17 days and a half, and no round number of anything. */
const AHEAD = 1_512_345_678.9

/** Runs `fn` with clocks that are ahead. */
function later<T>(fn: () => T): T {
  const RealDate = Date
  const { performance } = globalThis
  const own = Object.getOwnPropertyDescriptor(performance, 'now')
  const tick = performance.now.bind(performance)
  const now = () => RealDate.now() + Math.floor(AHEAD)
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, made) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, made) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  })
  performance.now = () => tick() + AHEAD
  try {
    return fn()
  } finally {
    globalThis.Date = RealDate
    if (own === undefined) delete (performance as { now?: unknown }).now
    else Object.defineProperty(performance, 'now', own)
  }
}
