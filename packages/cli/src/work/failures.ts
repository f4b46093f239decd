/** A trial that has failed, as the table of a sweep has it. */
interface Failed {
  readonly id: string
  readonly error?: string | undefined
}

/** Errors that are shown, and trials that are named of each. */
const SHOWN = 3
const NAMED = 2

/**
 * What went wrong in trials: an error that several had is said once, the one that most had first.
 *
 * @param where the other errors can be read.
 * @example ['0f3c3c38ec4ceab8, 0269b5fe1d354dd5 and 38 more failed: data.csv, line 3: ...']
 */
export function describeFailures(failed: readonly Failed[], where: string): string[] {
  const byError = new Map<string, string[]>()
  for (const { id, error = '' } of failed) {
    const ids = byError.get(error)
    if (ids === undefined) byError.set(error, [id])
    else ids.push(id)
  }
  const errors = [...byError].sort(([, a], [, b]) => b.length - a.length)
  const lines = errors.slice(0, SHOWN).map(([error, ids]) => `${namesOf(ids)} failed: ${error}`)
  const others = errors.length - SHOWN
  if (others > 0) lines.push(`${others} other ${others === 1 ? 'error' : 'errors'}: ${where}`)
  return lines
}

/** `a`, `a and b`, `a, b and 3 more`. */
function namesOf(ids: readonly string[]): string {
  const more = ids.length - NAMED
  if (more <= 0) return ids.join(' and ')
  return `${ids.slice(0, NAMED).join(', ')} and ${more} more`
}
