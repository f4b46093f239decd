import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo } from 'preact/hooks'
import { Curves } from '../components/curves.ts'
import { Choice, Section } from '../components/parts.ts'
import type { CompareAnswer } from '../data/answers.ts'
import type { Spread } from '../data/average.ts'
import { groupings, groupsOf } from '../data/groups.ts'
import { useAddress } from './address.ts'
import { get } from './api.ts'
import { put, readCurveView, writeCurveView } from './curve-address.ts'
import { useCurves } from './curves.ts'
import { Differences } from './differences.ts'
import { GroupTable } from './group-table.ts'
import { useLoaded } from './hooks.ts'
import { Outcomes } from './outcomes.ts'
import { shortNames } from './short-names.ts'

/** Which runs belong together, and whether their mean is shown. */
interface Grouped {
  readonly by: string
  readonly average: Spread | undefined
  /** What settings are held against. */
  readonly metric: string | undefined
}

const SPREADS: Readonly<Record<Spread | '', string>> = {
  '': 'each run',
  deviation: 'mean ± deviation',
  range: 'mean, least to most',
}

function readGrouped(query: URLSearchParams): Grouped {
  const average = query.get('average')
  return {
    by: query.get('group') ?? '',
    average: average === 'deviation' || average === 'range' ? average : undefined,
    metric: query.get('metric') ?? undefined,
  }
}

function writeGrouped({ by, average, metric }: Grouped, query: URLSearchParams): void {
  put(query, 'group', by)
  put(query, 'average', average ?? '')
  put(query, 'metric', metric ?? '')
}

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
  const [grouped, setGrouped] = useAddress(readGrouped, writeGrouped)
  const look = useAddress(readCurveView, writeCurveView)
  const names = useMemo(() => shortNames(runs), [runs])
  const { by, average } = grouped
  const groups = useMemo(() => value && groupsOf(value, by, names), [value, by, names])
  const problem = error ?? lost
  const isGrouped = groups !== undefined && value !== undefined && groupings(value).includes(by)
  return h(
    Fragment,
    null,
    h('h1', null, `${runs.length} runs beside each other`),
    problem && h('p', { class: 'problem', role: 'alert' }, problem),
    value &&
      groupings(value).length > 0 &&
      h(
        'div',
        { class: 'controls', role: 'group', 'aria-label': 'Which runs belong together' },
        h(Choice, {
          label: 'Group by',
          value: isGrouped ? by : '',
          options: [['', 'run'], ...groupings(value).map((each) => [each, each] as const)],
          // Who puts runs together wants to see them as one, until they say otherwise.
          onChange: (next) => setGrouped({ ...grouped, by: next, average: average ?? 'deviation' }),
        }),
        isGrouped &&
          h(Choice, {
            label: 'Curves show',
            value: average ?? '',
            options: Object.entries(SPREADS),
            onChange: (next) =>
              setGrouped({ ...grouped, average: next === '' ? undefined : (next as Spread) }),
          }),
      ),
    isGrouped && h(GroupTable, { answer: value, groups }),
    value && groups && h(Differences, { answer: value, groups, names }),
    curves &&
      h(
        Section,
        { title: 'Curves' },
        h(Curves, {
          ...{ curves, names, groups, kept: look, onWindow: setWindow },
          average: isGrouped ? average : undefined,
        }),
      ),
    value &&
      groups &&
      h(Outcomes, {
        ...{ answer: value, groups, names, metric: grouped.metric },
        onMetric: (metric) => setGrouped({ ...grouped, metric }),
      }),
  )
}
