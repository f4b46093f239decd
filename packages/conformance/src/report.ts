import type { Failure } from './judge.ts'
import type { Tally } from './messages.ts'

/** Lines of a stack that are shown. */
const STACK_LINES = 4

/** A failed spec with the first lines of each of its messages. */
export function describeFailure({ name, messages }: Failure): string {
  const shown = messages.flatMap((message) => message.split('\n').slice(0, STACK_LINES))
  return [`FAILED ${name}`, ...shown.map((line) => `  ${line}`)].join('\n')
}

/** How many kernels ran on onnxruntime. */
export function describeShare(tally: Tally): string {
  const { total, elsewhere } = countsOf(tally)
  const share = (100 * shareOf(tally)).toFixed(1)
  return `${total - elsewhere} of ${total} kernels ran on onnxruntime (${share} %)`
}

/** The same as a part of all, 0 of none. */
export function shareOf(tally: Tally): number {
  const { total, elsewhere } = countsOf(tally)
  return total === 0 ? 0 : (total - elsewhere) / total
}

function countsOf(tally: Tally): { readonly total: number; readonly elsewhere: number } {
  let [total, elsewhere] = [0, 0]
  for (const [key, count] of Object.entries(tally)) {
    total += count
    if (key.split('\t')[1] !== 'onnxruntime') elsewhere += count
  }
  return { total, elsewhere }
}

/** What tfjs's kernels did and why, the most frequent first. */
export function describeTally(tally: Tally): string {
  const rows = Object.entries(tally).map(([key, count]) => {
    const [kernel, by, reason] = key.split('\t')
    return { kernel, by, reason: reason?.trimEnd().split('\n').at(-1), count }
  })
  const others = rows.filter(({ by }) => by !== 'onnxruntime')
  const lines = others
    .toSorted((a, b) => b.count - a.count)
    .map(({ kernel, reason, count }) => `${String(count).padStart(6)} ${kernel}: ${reason}`)
  return ["tfjs's kernels in JavaScript did these:", ...lines].join('\n')
}
