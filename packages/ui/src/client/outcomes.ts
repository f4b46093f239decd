import { type ComponentChild, h } from 'preact'
import { useMemo } from 'preact/hooks'
import { Choice, Section } from '../components/parts.ts'
import { type Dot, Scatter } from '../components/scatter.ts'
import type { CompareAnswer } from '../data/answers.ts'
import type { Group } from '../data/groups.ts'
import { hashOf } from './route.ts'

/** Settings that are drawn, at most. */
const MOST = 12

interface OutcomesProps {
  readonly answer: CompareAnswer
  readonly groups: readonly Group[]
  readonly names: Readonly<Record<string, string>>
  /** Which is shown; the first one where that is none of them. */
  readonly metric: string | undefined
  onMetric(metric: string): void
}

/** What runs came to, by each of the settings that differ. */
export function Outcomes({
  answer,
  groups,
  names,
  metric,
  onMetric,
}: OutcomesProps): ComponentChild {
  const settings = answer.differences.filter(({ isSetting }) => isSetting)
  const shown = answer.metrics.find(({ key }) => key === metric) ?? answer.metrics[0]
  const charts = useMemo(() => {
    const colors = new Map(groups.flatMap(({ runs }, i) => runs.map((run) => [run, i] as const)))
    return settings.slice(0, MOST).map(({ key, values }) => ({
      key,
      dots: answer.runs.flatMap(({ run }, i): Dot[] => {
        const y = shown?.values[i]
        if (typeof y !== 'number' || !Number.isFinite(y)) return []
        return [
          {
            ...{ label: names[run] ?? run, x: values[i] ?? null, y, color: colors.get(run) ?? 0 },
            href: hashOf({ page: 'run', run }),
          },
        ]
      }),
    }))
  }, [answer, groups, names, shown?.key])
  if (shown === undefined || settings.length === 0) return null
  return h(
    Section,
    { title: 'Settings and what came of them' },
    h(
      'div',
      { class: 'controls' },
      h(Choice, {
        label: 'Result',
        value: shown.key,
        options: answer.metrics.map(({ key }) => [key, key] as const),
        onChange: onMetric,
      }),
      settings.length > MOST &&
        h('span', { class: 'soft' }, `The first ${MOST} of ${settings.length} settings.`),
    ),
    h(
      'div',
      { class: 'scatters' },
      charts.map(({ key, dots }) => h(Scatter, { key, x: key, y: shown.key, dots })),
    ),
  )
}
