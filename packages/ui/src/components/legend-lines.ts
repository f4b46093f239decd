import type { Line } from './drawn-lines.ts'

/** What a legend tells apart: of lines that look alike and are called alike the last, as those of one group's runs. */
export function legendLines<T extends Pick<Line, 'label' | 'color' | 'dashed'>>(
  lines: readonly T[],
): T[] {
  const looks = lines.map(
    (line) => [JSON.stringify([line.label, line.color, line.dashed === true]), line] as const,
  )
  return [...new Map(looks).values()]
}
