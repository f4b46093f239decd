import type { Failure } from './judge.ts'
import type { Tally } from './messages.ts'

/** Lines of a stack that are shown. */
const STACK_LINES = 4

/** A failed spec with the first lines of each of its messages. */
export function describeFailure({ name, messages }: Failure): string {
  const shown = messages.flatMap((message) => message.split('\n').slice(0, STACK_LINES))
  return [`FAILED ${name}`, ...shown.map((line) => `  ${line}`)].join('\n')
}

/** Where kernels were computed: the share of onnxruntime, then what tfjs's kernels did and why, the most frequent first. */
export function describeTally(tally: Tally): string {
  const rows = Object.entries(tally).map(([key, count]) => {
    const [kernel, by, reason] = key.split('\t')
    return { kernel, by, reason: reason?.trimEnd().split('\n').at(-1), count }
  })
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  const others = rows.filter(({ by }) => by !== 'onnxruntime')
  const elsewhere = others.reduce((sum, { count }) => sum + count, 0)
  const lines = others
    .toSorted((a, b) => b.count - a.count)
    .map(({ kernel, reason, count }) => `${String(count).padStart(6)} ${kernel}: ${reason}`)
  return [
    `${total - elsewhere} of ${total} kernels ran on onnxruntime, these did not:`,
    ...lines,
  ].join('\n')
}
