import { type ComponentChild, h } from 'preact'
import { COLORS } from '../data/colors.ts'
import { type Line, MOST_NAMED } from './drawn-lines.ts'
import { legendLines } from './legend-lines.ts'

/** What a chart tells of the place that is pointed at. */
export interface Told {
  readonly step: number
  readonly values: readonly {
    readonly label: string
    readonly color: number
    readonly dashed?: boolean | undefined
    readonly value: string
    /** Whether it is the line that is pointed at. */
    readonly isNearest: boolean
  }[]
}

/** A step that is marked, and what it is. */
export interface Mark {
  readonly step: number
  readonly label: string
}

/** What the lines of a chart are, with their values where somebody points. */
export function Legend({
  lines,
  mark,
  told,
}: {
  lines: readonly Line[]
  mark?: Mark | undefined
  told: Told | undefined
}): ComponentChild {
  const isMany = lines.length > MOST_NAMED
  const labels = legendLines(lines)
  const shown =
    told?.values ??
    labels.slice(0, MOST_NAMED).map((line) => ({ ...line, value: '', isNearest: false }))
  return h(
    'p',
    { class: isMany ? 'legend many' : 'legend' },
    isMany &&
      h(
        'span',
        { class: 'soft' },
        told
          ? `the nearest of ${lines.length} lines`
          : labels.length > MOST_NAMED
            ? `the first of ${lines.length} lines`
            : `${lines.length} lines`,
      ),
    shown.map(({ label, color, dashed, value, isNearest }, i) =>
      h(
        'span',
        { key: i, class: isNearest ? 'key nearest' : 'key' },
        h('span', {
          class: dashed ? 'swatch dashed' : 'swatch',
          style: { '--color': `var(--line-${color % COLORS})` },
        }),
        label,
        // Its room is always there, so that nothing moves under the pointer; of many lines all have it that are told of.
        (told !== undefined || !isMany) && h('b', null, value),
      ),
    ),
    mark && h('span', { class: 'key' }, h('span', { class: 'swatch mark' }), mark.label),
  )
}
