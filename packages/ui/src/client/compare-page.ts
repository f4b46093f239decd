import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo } from 'preact/hooks'
import { COLORS } from '../components/chart.ts'
import { Curves } from '../components/curves.ts'
import { Scroll, Section } from '../components/parts.ts'
import type { CompareAnswer, Value } from '../data/answers.ts'
import { formatColumn } from '../data/format.ts'
import { get } from './api.ts'
import { useCurves } from './curves.ts'
import { useLoaded } from './hooks.ts'
import { hashOf } from './route.ts'
import { Outcome } from './runs-table.ts'

/** Runs beside each other: where their experiments differ, what came of them, and their curves over each other. */
export function ComparePage({
  runs,
  news,
}: {
  runs: readonly string[]
  news: number
}): ComponentChild {
  const { value, error } = useLoaded(JSON.stringify([runs, news]), (signal) =>
    get<CompareAnswer>('/api/compare', { run: runs }, signal),
  )
  const { curves, error: lost, setWindow } = useCurves(runs, news)
  const names = useMemo(() => shortNames(runs), [runs])
  const problem = error ?? lost
  return h(
    Fragment,
    null,
    h('h1', null, `${runs.length} runs beside each other`),
    problem && h('p', { class: 'problem', role: 'alert' }, problem),
    value && h(Differences, { answer: value, names }),
    curves && h(Section, { title: 'Curves' }, h(Curves, { curves, names, onWindow: setWindow })),
  )
}

function Differences({
  answer,
  names,
}: {
  answer: CompareAnswer
  names: Readonly<Record<string, string>>
}): ComponentChild {
  const { runs, differences, metrics } = answer
  const head = h(
    'tr',
    null,
    h('th', { scope: 'col', class: 'text' }, 'run'),
    runs.map(({ run, outcome }, i) =>
      h(
        'th',
        { scope: 'col', key: run },
        h('span', { class: 'swatch', style: { '--color': `var(--line-${i % COLORS})` } }),
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

/** Names of run folders without what all have in common: `20261103-142501-mnist` and a later one become `142501`, ... */
export function shortNames(runs: readonly string[]): Record<string, string> {
  const parts = runs.map((run) => run.split('-'))
  const most = Math.min(...parts.map((each) => each.length)) - 1
  let [front, back] = [0, 0]
  while (front < most && parts.every((each) => each[front] === parts[0]![front])) front++
  while (
    front + back < most &&
    parts.every((each) => each.at(-1 - back) === parts[0]!.at(-1 - back))
  )
    back++
  return Object.fromEntries(
    runs.map((run, i) => [run, parts[i]!.slice(front, parts[i]!.length - back).join('-')]),
  )
}
