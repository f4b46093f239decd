import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { RunCurves } from '../data/curves.ts'
import type { Window } from '../data/downsample.ts'
import { formatNumber } from '../data/format.ts'
import { Chart, type Line, type View } from './chart.ts'

/** Curves of one run or of several, a chart for each metric. */
export interface CurvesProps {
  readonly curves: readonly RunCurves[]
  /** What runs are called, where there are several. */
  readonly names?: Readonly<Record<string, string>> | undefined
  /** Told which part is looked at, so that its points can be got more closely. */
  onWindow?(window: Window | undefined): void
}

/** Charts that share their zoom, with smoothing and logarithmic axes. */
export function Curves({ curves, names = {}, onWindow }: CurvesProps): ComponentChild {
  const [view, setView] = useState<View>({
    smoothing: 0,
    logX: false,
    logY: false,
    withoutOutliers: false,
    window: undefined,
  })
  const change = (next: Partial<View>) => {
    setView((now) => ({ ...now, ...next }))
    if ('window' in next) onWindow?.(next.window)
  }
  const charts = useMemo(() => chartsOf(curves, names), [curves, names])
  const best = curves.length === 1 ? curves[0]!.best : undefined
  const mark = best && {
    step: best.step,
    label: `best epoch: ${best.epoch} (${best.metric} ${formatNumber(best.value)})`,
  }
  if (charts.length === 0) return h('p', { class: 'soft' }, 'Nothing is logged yet.')
  return h(
    Fragment,
    null,
    h(Controls, { view, change }),
    h(
      'div',
      { class: 'charts' },
      charts.map(({ metric, lines }) =>
        h(Chart, {
          key: metric,
          title: metric === 'learningRate' ? 'learning rate' : metric,
          lines,
          view,
          mark,
          onWindow: (window) => change({ window }),
        }),
      ),
    ),
  )
}

function Controls({
  view,
  change,
}: {
  view: View
  change(next: Partial<View>): void
}): ComponentChild {
  const box = (label: string, key: 'logX' | 'logY' | 'withoutOutliers') =>
    h(
      'label',
      null,
      h('input', {
        type: 'checkbox',
        checked: view[key],
        onChange: (event) => change({ [key]: event.currentTarget.checked }),
      }),
      ` ${label}`,
    )
  return h(
    'div',
    { class: 'controls needs-script', role: 'group', 'aria-label': 'How curves are shown' },
    h(
      'label',
      null,
      'smoothing ',
      h('input', {
        type: 'range',
        min: 0,
        max: 0.99,
        step: 0.01,
        value: view.smoothing,
        onInput: (event) => change({ smoothing: Number(event.currentTarget.value) }),
      }),
      h('output', null, ` ${view.smoothing.toFixed(2)}`),
    ),
    box('log x', 'logX'),
    box('log y', 'logY'),
    box('ignore outliers', 'withoutOutliers'),
    h(
      'button',
      {
        type: 'button',
        disabled: view.window === undefined,
        onClick: () => change({ window: undefined }),
      },
      'Show all steps',
    ),
    h('span', { class: 'soft hint' }, 'Drag to zoom, double-click to see everything.'),
  )
}

interface MetricChart {
  readonly metric: string
  readonly lines: readonly Line[]
}

function chartsOf(
  curves: readonly RunCurves[],
  names: Readonly<Record<string, string>>,
): MetricChart[] {
  const metrics = new Map<string, Line[]>()
  for (const [place, { run, series }] of curves.entries()) {
    for (const { metric, part, steps, values } of series) {
      const isOne = curves.length === 1
      const called = names[run] ?? run
      const lines = metrics.get(metric) ?? []
      lines.push({
        label: isOne ? part : part === 'training' ? called : `${called}, validation`,
        steps,
        values,
        color: isOne ? Number(part === 'validation') : place,
        dashed: !isOne && part === 'validation',
      })
      metrics.set(metric, lines)
    }
  }
  return [...metrics].map(([metric, lines]) => ({ metric, lines }))
}
