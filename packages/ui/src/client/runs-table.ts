import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RunRow, Value } from '../data/answers.ts'
import { formatColumn, formatSeconds } from '../data/format.ts'
import { hashOf } from './route.ts'

/** Pixels of a row: all are as high, so that those out of sight need not be made. */
const ROW = 34
/** Rows beyond both ends of what is seen. */
const BEYOND = 12

interface RunsTableProps {
  readonly rows: readonly RunRow[]
  readonly columns: readonly string[]
  /** A key, with a minus for the smallest first; empty for those begun last. */
  readonly sort: string
  onSort(sort: string): void
  readonly chosen: ReadonlySet<string>
  onChoose(chosen: ReadonlySet<string>): void
}

/** Runs as rows; of thousands, those in sight are there. */
export function RunsTable({
  rows,
  columns,
  sort,
  onSort,
  chosen,
  onChoose,
}: RunsTableProps): ComponentChild {
  const scroller = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(800)
  useEffect(() => {
    const element = scroller.current!
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const texts = useMemo(() => columns.map((key, i) => textsOf(key, rows, i)), [rows, columns])
  const first = Math.max(0, Math.floor(top / ROW) - BEYOND)
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + BEYOND)
  const areAll = rows.length > 0 && rows.every(({ run }) => chosen.has(run))
  const choose = (names: readonly string[], isChosen: boolean) => {
    const next = new Set(chosen)
    for (const name of names) {
      if (isChosen) next.add(name)
      else next.delete(name)
    }
    onChoose(next)
  }
  return h(
    'div',
    {
      class: 'runs',
      ref: scroller,
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Runs',
      onScroll: (event: Event) => setTop((event.currentTarget as HTMLElement).scrollTop),
    },
    h(
      'table',
      { 'aria-rowcount': rows.length + 1 },
      h(
        'thead',
        null,
        h(
          'tr',
          { 'aria-rowindex': 1 },
          h(
            'td',
            null,
            h('input', {
              type: 'checkbox',
              'aria-label': 'Choose all runs',
              checked: areAll,
              onChange: (event) =>
                choose(
                  rows.map(({ run }) => run),
                  event.currentTarget.checked,
                ),
            }),
          ),
          h(Head, { label: 'run', key: 'run', sort, onSort, isText: true }),
          columns.map((key, i) =>
            h(Head, {
              key: `column ${key}`,
              label: key,
              sort,
              onSort,
              isText: !texts[i]!.isNumeric,
            }),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        first > 0 &&
          h(
            'tr',
            { key: 'above', 'aria-hidden': true },
            h('td', {
              colSpan: columns.length + 2,
              style: { height: `${first * ROW}px`, padding: 0 },
            }),
          ),
        rows.slice(first, last).map((row, i) =>
          h(Row, {
            key: row.run,
            row,
            index: first + i,
            cells: texts.map(({ texts: all }) => all[first + i]!),
            numeric: texts.map(({ isNumeric }) => isNumeric),
            isChosen: chosen.has(row.run),
            onChoose: (isChosen) => choose([row.run], isChosen),
          }),
        ),
        last < rows.length &&
          h(
            'tr',
            { key: 'below', 'aria-hidden': true },
            h('td', {
              colSpan: columns.length + 2,
              style: { height: `${(rows.length - last) * ROW}px`, padding: 0 },
            }),
          ),
      ),
    ),
  )
}

function Head({
  label,
  sort,
  onSort,
  isText,
}: Pick<RunsTableProps, 'sort' | 'onSort'> & { label: string; isText: boolean }): ComponentChild {
  const direction = sort === label ? 'descending' : sort === `-${label}` ? 'ascending' : undefined
  const next = direction === 'descending' ? `-${label}` : direction === 'ascending' ? '' : label
  return h(
    'th',
    { scope: 'col', 'aria-sort': direction, class: isText ? 'text' : undefined },
    h(
      'button',
      { type: 'button', class: 'plain', onClick: () => onSort(next) },
      label,
      h(
        'span',
        { 'aria-hidden': true },
        direction === 'descending' ? ' ↓' : direction === 'ascending' ? ' ↑' : '',
      ),
    ),
  )
}

interface RowProps {
  readonly row: RunRow
  readonly index: number
  readonly cells: readonly string[]
  readonly numeric: readonly boolean[]
  readonly isChosen: boolean
  onChoose(isChosen: boolean): void
}

function Row({ row, index, cells, numeric, isChosen, onChoose }: RowProps): ComponentChild {
  const { run, outcome, progress, tags, note } = row
  return h(
    'tr',
    {
      'aria-rowindex': index + 2,
      class: isChosen ? 'chosen' : undefined,
      style: { height: `${ROW}px` },
    },
    h(
      'td',
      null,
      h('input', {
        type: 'checkbox',
        'aria-label': `Choose ${run}`,
        checked: isChosen,
        onChange: (event) => onChoose(event.currentTarget.checked),
      }),
    ),
    h(
      'th',
      { scope: 'row', class: 'text' },
      h('a', { href: hashOf({ page: 'run', run }), title: note === '' ? run : note }, nameOf(run)),
      outcome !== 'finished' && h(Outcome, { outcome, progress }),
      tags.map((tag) => h('span', { class: 'tag', key: tag }, `#${tag}`)),
      note !== '' && h('span', { class: 'soft', 'aria-label': 'has a note', role: 'img' }, ' ✎'),
    ),
    cells.map((text, i) => h('td', { key: i, class: numeric[i] ? undefined : 'text' }, text)),
  )
}

/** The name of a run; of a trial both names, of which that of its sweep gives way where there is no room. */
function nameOf(run: string): ComponentChild {
  const end = run.lastIndexOf('/') + 1
  if (end === 0) return run
  return [
    h('span', { key: 'sweep', class: 'sweep' }, run.slice(0, end)),
    h('span', { key: 'trial', class: 'trial' }, run.slice(end)),
  ]
}

/** How a run stands, in a word. */
export function Outcome({
  outcome,
  progress,
}: {
  outcome: string
  progress?: number | undefined
}): ComponentChild {
  const done =
    progress === undefined || outcome !== 'running' ? '' : ` ${Math.floor(100 * progress)} %`
  return h('span', { class: `outcome ${outcome}` }, `${outcome}${done}`)
}

function textsOf(
  key: string,
  rows: readonly RunRow[],
  column: number,
): { texts: string[]; isNumeric: boolean } {
  const values = rows.map((row): Value => row.values[column] ?? null)
  if (key === 'seconds') {
    return {
      texts: values.map((value) => (typeof value === 'number' ? formatSeconds(value) : '')),
      isNumeric: true,
    }
  }
  const isNumeric =
    values.some((value) => typeof value === 'number') &&
    values.every((value) => value === null || typeof value === 'number')
  if (isNumeric) {
    const texts = formatColumn(values as (number | null)[])
    return { texts: texts.map((text, i) => (values[i] === null ? '' : text)), isNumeric }
  }
  return {
    texts: values.map((value) =>
      value === null
        ? ''
        : key === 'began'
          ? String(value).replace('T', ' ').slice(0, 16)
          : String(value),
    ),
    isNumeric,
  }
}
