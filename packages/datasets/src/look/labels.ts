import { answerIn, partsOf } from '../tables/answers.ts'
import { isWordForNothing } from '../tables/words-for-nothing.ts'

/** A name, and in how many rows it is. */
export interface NameCount {
  readonly name: string
  readonly count: number
}

/** Names that labels may be of. */
const MOST_LABELS = 200
/** Rows that each name is in, by and large, where cells are lists and no sentences. */
const ROWS_OF_EACH = 3
/** Characters of a name. */
const LONGEST = 60

/** The most frequent first. */
export function inOrder(counts: ReadonlyMap<string, number>): NameCount[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/**
 * How often a column says yes and no, where it says both and nothing else.
 *
 * @param counts its cells that are not missing, and how often each is there.
 */
export function answersIn(
  counts: ReadonlyMap<string, number>,
): { readonly yes: number; readonly no: number } | undefined {
  if (counts.size < 2 || counts.size > 10) return undefined
  let [yes, no] = [0, 0]
  for (const [cell, count] of counts) {
    const answer = answerIn(cell)
    if (answer === undefined) return undefined
    if (answer) yes += count
    else no += count
  }
  return yes > 0 && no > 0 ? { yes, no } : undefined
}

/** The names that a cell of lists holds, as the reader takes them apart. */
export function namesInCell(cell: string): string[] {
  return isWordForNothing(cell)
    ? []
    : (partsOf(cell) ?? [cell]).map((part) => String(part).normalize())
}

/**
 * The names that the cells of a column hold, several in one: `action|comedy`. Names that only have a comma in them come in no other company, and sentences have too many words; both are no lists.
 *
 * @param counts its cells that are not missing, and how often each is there.
 * @returns undefined for a column of anything else.
 */
export function listedIn(counts: ReadonlyMap<string, number>): NameCount[] | undefined {
  const names = new Map<string, number>()
  let all = 0
  let several = false
  for (const [cell, count] of counts) {
    const parts = new Set(namesInCell(cell))
    if (parts.size > 1) several = true
    for (const part of parts) {
      if (part.length > LONGEST) return undefined
      names.set(part, (names.get(part) ?? 0) + count)
      all += count
    }
    if (names.size > MOST_LABELS) return undefined
  }
  const isOften = all >= ROWS_OF_EACH * names.size
  return several && isOften && counts.size > names.size ? inOrder(names) : undefined
}
