import { suite, type Test } from 'uvu'
import { type Declare, sampled } from './sample.ts'

/** A suite some of whose tests take long. */
export interface TieredSuite {
  /** Declares a test that is part of every run of the tests; hooks and `run` are those of the suite. */
  readonly test: Test
  /** Declares a test that runs in the tier `slow` alone, between the same hooks. */
  readonly slow: Declare
}

/** Set by scripts/runner/worker.js. */
declare global {
  var ASHLAR_TIER: string | undefined
}

/**
 * A suite whose long tests stand beside the others, as they share what they are made of. A file whose tests all take long has its place in `test/slow/`.
 *
 * @param tier what is run: `slow`, or nothing for what runs without a tier.
 * @example
 * const { test, slow } = tieredSuite('masks')
 * test('of one layer', ...)
 * slow('of each layer', ...)
 * test.run()
 */
export function tieredSuite(
  name: string,
  tier: string | undefined = globalThis.ASHLAR_TIER,
): TieredSuite {
  const real = suite(name)
  // Never run: it takes what belongs to the other tier.
  const idle = suite(name)
  if (tier === undefined) return { test: real, slow: idle }
  const test = Object.assign((...args: Parameters<Declare>) => idle(...args), {
    only: idle.only,
    skip: idle.skip,
    before: real.before,
    after: real.after,
    run: real.run,
  })
  return { test, slow: real }
}

/** With a sample, so many of the slow members of a family stand for one. */
const SAMPLE = 4

/**
 * Shares generated tests out: the first of every `n` is a test of every run, the rest are slow. With `--sample`, one of four of these is tried.
 *
 * @example
 * const some = oneIn(4, tiers)
 * for (const kernel of kernels) some(kernel.name, ...)
 */
export function oneIn(n: number, { test, slow }: TieredSuite): Declare {
  let count = 0
  const some = sampled(SAMPLE, slow)
  return (name, run) => (count++ % n === 0 ? test : some)(name, run)
}
