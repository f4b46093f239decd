import type { LeftOut } from '@ashlar/core'
import { formatCount, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** More would push everything else off the screen; the summary of a run has more. */
const SHOWN = 10

/** What a dataset left out because its options say so, with the reason for each. */
export function describeLeftOut(leftOut: readonly LeftOut[] = [], output: Output): void {
  if (leftOut.length === 0) return
  output.line(
    `left out  ${formatCount(leftOut.length)} ${leftOut.length === 1 ? 'sample' : 'samples'} of the data:`,
  )
  for (const { where, reason } of leftOut.slice(0, SHOWN)) {
    output.line(`          ${formatPath(where)} ${reason}`)
  }
  if (leftOut.length > SHOWN) {
    output.line(`          and ${formatCount(leftOut.length - SHOWN)} more`)
  }
}
