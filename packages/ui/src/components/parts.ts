import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { formatColumn, formatNumber } from '../data/format.ts'
import type { Picture } from '../data/pictures.ts'
import type { Figure } from '../data/run-view.ts'

/** A section with a heading. */
export function Section({
  title,
  children,
}: {
  title: string
  children?: ComponentChildren
}): ComponentChild {
  return h('section', null, h('h2', null, title), children)
}

/** What is said of a run at a glance: one tile each, in rows that none is left alone in. */
export function Figures({ figures }: { figures: readonly Figure[] }): ComponentChild {
  const columns = { '--all': figures.length, '--half': Math.ceil(figures.length / 2) }
  return h(
    'dl',
    { class: 'figures', style: columns },
    figures.map(({ name, value }) =>
      h(
        'div',
        { key: name },
        h('dt', null, name),
        h('dd', null, typeof value === 'string' ? value : formatNumber(value)),
      ),
    ),
  )
}

/** A cell: text, or a number that stands with its column. */
export type Cell = ComponentChildren

/** A column of a table. */
export interface Column {
  readonly head: string
  /** Numbers are aligned; everything else is shown as it is. */
  readonly cells: readonly (number | null | undefined)[] | readonly Cell[]
  readonly kind: 'text' | 'number'
}

/** A table, column by column: numbers stand digit under digit. */
export function Table({
  columns,
  label,
  names,
}: {
  columns: readonly Column[]
  label: string
  /** Whether the first cell of a row is its name. */
  names?: boolean
}): ComponentChild {
  const shown = columns.map(({ kind, cells }) =>
    kind === 'number' && cells.every(isNumber) ? formatColumn(cells as number[]) : cells,
  )
  const rows = Math.max(0, ...columns.map(({ cells }) => cells.length))
  const classOf = (kind: Column['kind']) => (kind === 'text' ? 'text' : undefined)
  return h(
    Scroll,
    { label },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map(({ head, kind }) => h('th', { scope: 'col', class: classOf(kind) }, head)),
        ),
      ),
      h(
        'tbody',
        null,
        Array.from({ length: rows }, (_, row) =>
          h(
            'tr',
            { key: row },
            columns.map(({ kind }, column) =>
              names && column === 0
                ? h('th', { scope: 'row', class: 'text' }, shown[column]![row] as Cell)
                : h('td', { class: classOf(kind) }, shown[column]![row] as Cell),
            ),
          ),
        ),
      ),
    ),
  )
}

function isNumber(cell: unknown): boolean {
  return cell == null || typeof cell === 'number'
}

/** What may be wider than the page, and is then scrolled, with the keyboard too. */
export function Scroll({
  label,
  children,
}: {
  label: string
  children?: ComponentChildren
}): ComponentChild {
  return h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': label }, children)
}

/** Names and values below one another. */
export function Facts({
  rows,
}: {
  rows: readonly (readonly [name: string, value: Cell])[]
}): ComponentChild {
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value], i) => [
      h('dt', { key: `${i} name` }, name),
      h('dd', { key: `${i} value` }, value),
    ]),
  )
}

/** A picture of pixels. */
export function Pixels({ picture, alt }: { picture: Picture; alt: string }): ComponentChild {
  const { source, width, height } = picture
  return h('img', { src: source, width, height, alt })
}

/** A drawing that needs no scripts. */
export interface StillPlot {
  readonly title: string
  /** Made by this program, never text of a file. */
  readonly svg: string
}

/** A drawing under its title. */
export function Drawing({ plot }: { plot: StillPlot }): ComponentChild {
  return h(
    'figure',
    null,
    h('figcaption', null, plot.title),
    h('div', { dangerouslySetInnerHTML: { __html: plot.svg } }),
  )
}

/** One of several, with its label before it. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  onChange(value: string): void
}): ComponentChild {
  return h(
    'label',
    null,
    `${label} `,
    h(
      'select',
      {
        value,
        onChange: ({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
          onChange(currentTarget.value),
      },
      options.map(([each, text]) => h('option', { key: each, value: each }, text)),
    ),
  )
}
