import type { Test } from 'uvu'
import { chromiumPath } from './chromium.ts'

/** What is made for all cases, and put away behind them. */
interface Around<C> {
  prepare(context: C): Promise<void>
  finish(context: C): Promise<void>
}

/** Declares cases that look at pages; where there is no Chromium each is skipped, in words. */
export function inChromium<C>(
  test: Test<C>,
  cases: Readonly<Record<string, (context: C) => Promise<void>>>,
  { prepare, finish }: Around<C>,
): void {
  if (chromiumPath === undefined) {
    process.stdout.write('skipped: no Chromium (install it, or set ASHLAR_CHROMIUM)\n')
    for (const name of Object.keys(cases)) test.skip(name)
    return
  }
  test.before(prepare)
  test.after(finish)
  for (const [name, body] of Object.entries(cases)) test(name, body)
}
