import { type ComponentChild, h } from 'preact'
import { Scroll, Section } from '../components/parts.ts'
import type { CompareAnswer, Value } from '../data/answers.ts'
import { COLORS } from '../data/colors.ts'
import { formatColumn } from '../data/format.ts'
import type { Group } from '../data/groups.ts'
import { hashOf } from './route.ts'
import { Outcome } from './runs-table.ts'

/** Where experiments differ, and what came of each of them. */
export function Differences({
  answer,
  groups,
  names,
}: {
  answer: CompareAnswer
  groups: readonly Group[]
  names: Readonly<Record<string, string>>
}): ComponentChild {
  const { runs, differences, metrics } = answer
  const colorOf = (run: string) => groups.findIndex((group) => group.runs.includes(run)) % COLORS
  const head = h(
    'tr',
    null,
    h('th', { scope: 'col', class: 'text' }, 'run'),
    runs.map(({ run, outcome }) =>
      h(
        'th',
        { scope: 'col', key: run },
        h('span', { class: 'swatch', style: { '--color': `var(--line-${colorOf(run)})` } }),
        h('a', { href: hashOf({ page: 'run', run }), title: run }, names[run]),
        outcome !== 'finished' && h(Outcome, { outcome }),
      ),
    ),
  )
  const body = (rows: CompareAnswer['metrics']) =>
    rows.map(({ key, values }) =>
      h(
        'tr',
        { key },
        h('th', { scope: 'row', class: 'text' }, key),
        textsOf(values).map((text, i) => h('td', { key: i }, text)),
      ),
    )
  return h(
    Section,
    { title: 'Differences' },
    differences.length === 0 && h('p', { class: 'soft' }, 'The experiments are the same.'),
    h(
      Scroll,
      { label: 'Where runs differ' },
      h(
        'table',
        { class: 'compare' },
        h('thead', null, head),
        differences.length > 0 && h('tbody', null, body(differences)),
        h('tbody', { class: 'metrics' }, body(metrics)),
      ),
    ),
  )
}

function textsOf(values: readonly Value[]): string[] {
  if (values.every((value) => value === null || typeof value === 'number')) {
    return formatColumn(values as (number | null)[])
  }
  return values.map((value) => (value === null ? '–' : String(value)))
}
