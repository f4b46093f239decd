/**
 * Whole numbers c, a, b, ... with y = c + a x1 + b x2 + ... at every sample: the constant first.
 *
 * @returns undefined when there are none, or the samples do not tell which.
 */
export function integerCombination(
  columns: readonly (readonly number[])[],
  values: readonly number[],
): readonly number[] | undefined {
  const unknowns = columns.length + 1
  const row = (index: number) => [1, ...columns.map((column) => column[index]!)]
  // Rows of sizes far apart make the system well-conditioned; each is scaled by its largest number.
  const order = [...values.keys()].sort((a, b) => size(b) - size(a))
  const system: number[][] = []
  for (const index of [...order.slice(0, 2), ...order.slice(2).reverse()]) {
    const candidate = [...row(index), values[index]!]
    const reduced = reduce(candidate, system)
    if (reduced === undefined) continue
    system.push(reduced)
    if (system.length === unknowns) break
  }
  if (system.length < unknowns) return undefined
  const solution = new Array<number>(unknowns).fill(0)
  for (const each of [...system].reverse()) {
    const pivot = pivotOf(each, unknowns)
    const known = each
      .slice(0, unknowns)
      .reduce((sum, value, at) => (at === pivot ? sum : sum + value * solution[at]!), 0)
    solution[pivot] = (each[unknowns]! - known) / each[pivot]!
  }
  const whole = solution.map(Math.round)
  const fits = values.every((value, index) => {
    const total = row(index).reduce((sum, each, at) => sum + each * whole[at]!, 0)
    return total === value
  })
  return fits ? whole : undefined

  function size(index: number): number {
    return columns.reduce((sum, column) => sum + Math.abs(column[index]!), 0)
  }
}

/** A row less multiples of those before it; undefined when nothing is left of it. */
function reduce(given: readonly number[], system: readonly number[][]): number[] | undefined {
  const unknowns = given.length - 1
  const row = [...given]
  const scale = Math.max(...given.slice(0, unknowns).map(Math.abs))
  for (const other of system) {
    const pivot = pivotOf(other, unknowns)
    const share = row[pivot]! / other[pivot]!
    if (share === 0) continue
    for (let at = 0; at <= unknowns; at++) row[at]! -= share * other[at]!
    row[pivot] = 0
  }
  const largest = Math.max(...row.slice(0, unknowns).map(Math.abs))
  return largest > scale * 1e-9 ? row : undefined
}

function pivotOf(row: readonly number[], unknowns: number): number {
  let best = 0
  for (let at = 1; at < unknowns; at++) if (Math.abs(row[at]!) > Math.abs(row[best]!)) best = at
  return best
}
