import { type ComponentChild, h } from 'preact'
import { CsvButton } from '../components/csv-button.ts'
import { Scroll, Section } from '../components/parts.ts'
import type { CompareAnswer, Value } from '../data/answers.ts'
import { COLORS } from '../data/colors.ts'
import { formatColumn } from '../data/format.ts'
import { type Group, type GroupFigures, groupFigures } from '../data/groups.ts'

/** What came of each group: means of its runs, and how far these lie apart. */
export function GroupTable({
  answer,
  groups,
}: {
  answer: CompareAnswer
  groups: readonly Group[]
}): ComponentChild {
  const columns = groupFigures(answer, groups)
  const texts = columns.map(textsOf)
  return h(
    Section,
    { title: 'Groups' },
    h(
      Scroll,
      { label: 'What came of each group' },
      h(
        'table',
        { class: 'compare groups' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col', class: 'text' }, 'group'),
            h('th', { scope: 'col' }, 'runs'),
            columns.map(({ key }) => h('th', { scope: 'col', key }, key)),
          ),
        ),
        h(
          'tbody',
          null,
          groups.map(({ label, runs }, row) =>
            h(
              'tr',
              { key: row },
              h(
                'th',
                { scope: 'row', class: 'text' },
                h('span', {
                  class: 'swatch',
                  style: { '--color': `var(--line-${row % COLORS})` },
                }),
                label,
              ),
              h('td', null, runs.length),
              texts.map((column, i) => h('td', { key: i }, column[row])),
            ),
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'controls' },
      h(
        'span',
        { class: 'soft' },
        'Means, and standard deviations of the runs of a group behind ±.',
      ),
      h(CsvButton, { name: 'groups', rows: () => rowsOf(groups, columns) }),
    ),
  )
}

function textsOf({ means, deviations }: GroupFigures): string[] {
  // Digit under digit, deviations with as many as their means.
  const all = formatColumn([...means, ...deviations])
  return means.map((mean, i) =>
    mean === null || deviations[i] === null ? all[i]! : `${all[i]} ± ${all[means.length + i]}`,
  )
}

function rowsOf(groups: readonly Group[], columns: readonly GroupFigures[]): Value[][] {
  return [
    ['group', 'runs', ...columns.flatMap(({ key }) => [key, `${key} deviation`])],
    ...groups.map(({ label, runs }, row) => [
      label,
      runs.length,
      ...columns.flatMap(({ means, deviations }) => [means[row]!, deviations[row]!]),
    ]),
  ]
}
