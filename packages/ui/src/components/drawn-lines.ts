import uPlot from 'uplot'
import { smooth } from '../data/smooth.ts'

/** One line of a chart. */
export interface Line {
  readonly label: string
  /** What it is called where it is pointed at, if lines share a label. */
  readonly name?: string | undefined
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  /** Which of the colours. */
  readonly color: number
  readonly dashed?: boolean | undefined
  /** What lies around it, at the same steps. */
  readonly band?:
    | { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] }
    | undefined
}

/** How lines are looked at. */
export interface LineView {
  /** Weight of what was before, 0 to below 1. */
  readonly smoothing: number
  readonly logX: boolean
  readonly logY: boolean
}

/** A line as it is drawn: as it was, or smoothed; or an end of a band, which is not told of. */
export interface Drawn extends Line {
  readonly kind: 'line' | 'faint' | 'low' | 'high'
}

/** Above so many lines only the nearest ones are told of, and what was smoothed is not shown as it was. */
export const MOST_NAMED = 10

/** What is drawn of lines, bands below everything else. */
export function drawnLines(lines: readonly Line[], { smoothing, logY, logX }: LineView): Drawn[] {
  const numbers = (line: Line, values: Line['values']) =>
    // A logarithm of what is not above 0 is nowhere.
    !logY && !logX
      ? values
      : values.map((value, i) =>
          (logY && value !== null && value <= 0) || (logX && line.steps[i]! <= 0) ? null : value,
        )
  const edges = lines.flatMap((line) =>
    line.band === undefined
      ? []
      : (['low', 'high'] as const).map((kind) => ({
          ...{ ...line, kind },
          values: smooth(numbers(line, line.band![kind]), smoothing),
        })),
  )
  const shown = lines.map((line) => ({ ...line, values: numbers(line, line.values) }))
  const drawn = shown.map((line) => ({
    ...{ ...line, kind: 'line' as const },
    values: smoothing <= 0 ? line.values : smooth(line.values, smoothing),
  }))
  const isFew = smoothing > 0 && edges.length === 0 && lines.length <= MOST_NAMED
  const faint = isFew ? shown.map((line) => ({ ...line, kind: 'faint' as const })) : []
  return [...edges, ...faint, ...drawn]
}

/** Places of what is drawn, and the values of each at them. */
export type LineTable = readonly (readonly (number | null | undefined)[])[]

/** All lines over the steps that any of them has. */
export function tableOf(lines: readonly Drawn[]): LineTable {
  const [first] = lines
  if (first === undefined) return [[]]
  const isAlike = lines.every(
    ({ steps }) =>
      steps === first.steps ||
      (steps.length === first.steps.length && steps.every((step, i) => step === first.steps[i])),
  )
  if (isAlike) return [[...first.steps], ...lines.map(({ values }) => [...values])]
  const joined = uPlot.join(
    lines.map(({ steps, values }) => [[...steps], [...values]] as uPlot.AlignedData),
  )
  return joined as (number | null)[][]
}
