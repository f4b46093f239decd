/** A page of the site. */
export interface Page {
  /** Where it lies: `reference/experiment.md`. */
  readonly path: string
  readonly title: string
  /** Markdown. */
  readonly text: string
}

/** Text of somebody else as Markdown that shows it as it stands. */
export function plain(text: string): string {
  return text.replace(/[\\*_[\]<>|#]/g, '\\$&').replaceAll('\n', ' ')
}

/** Text as code in a line, whatever backticks it holds. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

/** A table of Markdown; a `|` in a cell does not end it. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
