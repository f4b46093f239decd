import { visibleCell } from './visible.ts'

/** A table as lines: the first column to the left, the others to the right. Nothing is cut. */
export function formatTable(
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): string[] {
  const given = head === undefined ? rows : [head, ...rows]
  const all = given.map((row) => row.map(visibleCell))
  const columns = Math.max(0, ...all.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...all.map((row) => row[i]?.length ?? 0)),
  )
  return all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
