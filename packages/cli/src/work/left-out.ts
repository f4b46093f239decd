import { countLeftOut, type LeftOut } from '@ashlar/core'
import { formatCount, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** More would push everything else off the screen; the summary of a run has more. */
const SHOWN = 10

/** What a dataset left out because its options say so, with the reason for each. */
export function describeLeftOut(leftOut: readonly LeftOut[] = [], output: Output): void {
  if (leftOut.length === 0) return
  const count = countLeftOut(leftOut)
  const shown = leftOut.slice(0, SHOWN)
  output.line(`left out  ${formatCount(count)} ${count === 1 ? 'sample' : 'samples'} of the data:`)
  for (const { where, reason } of shown) {
    output.line(`          ${formatPath(where)} ${reason}`)
  }
  const more = count - countLeftOut(shown)
  if (more > 0) {
    output.line(`          and ${formatCount(more)} more`)
  }
}
