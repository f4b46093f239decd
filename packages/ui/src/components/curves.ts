import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { type Axis, type Scale, scaleOf } from '../data/axis.ts'
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
  const [axis, setAxis] = useState<Axis>('step')
  const scale = useMemo(
    () =>
      scaleOf(
        axis,
        curves.map(({ clock }) => clock),
      ),
    [axis, curves],
  )
  const change = (next: Partial<View>) => {
    setView((now) => ({ ...now, ...next }))
    // Points are got more closely by their steps, which runs reach at times of their own.
    if ('window' in next) onWindow?.(axis === 'step' ? next.window : undefined)
  }
  const changeAxis = (next: Axis) => {
    setAxis(next)
    change({ window: undefined })
  }
  const charts = useMemo(() => chartsOf(curves, names, scale), [curves, names, scale])
  const best = curves.length === 1 ? curves[0]!.best : undefined
  const mark = best && {
    step: scale.at(best.step, curves[0]!.clock),
    label: `best epoch: ${best.epoch} (${best.metric} ${formatNumber(best.value)})`,
  }
  if (charts.length === 0) return h('p', { class: 'soft' }, 'Nothing is logged yet.')
  return h(
    Fragment,
    null,
    h(Controls, {
      ...{ view, change },
      ...(curves.some(({ clock }) => clock !== undefined) && { axis, changeAxis }),
    }),
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
          axis: scale.label,
          onWindow: (window) => change({ window }),
        }),
      ),
    ),
  )
}

/** What one may choose from, with its name. */
const AXES: Readonly<Record<Axis, string>> = { step: 'steps', epoch: 'epochs', time: 'time' }

function Controls({
  view,
  change,
  axis,
  changeAxis,
}: {
  view: View
  change(next: Partial<View>): void
  axis?: Axis
  changeAxis?(next: Axis): void
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
    changeAxis &&
      h(
        'label',
        null,
        'over ',
        h(
          'select',
          {
            value: axis,
            onChange: ({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
              changeAxis(currentTarget.value as Axis),
          },
          Object.entries(AXES).map(([name, label]) =>
            h('option', { key: name, value: name }, label),
          ),
        ),
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
      'Show everything',
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
  scale: Scale,
): MetricChart[] {
  const metrics = new Map<string, Line[]>()
  for (const [place, { run, series, clock }] of curves.entries()) {
    for (const { metric, part, steps, values } of series) {
      const isOne = curves.length === 1
      const called = names[run] ?? run
      const lines = metrics.get(metric) ?? []
      lines.push({
        label: isOne ? part : part === 'training' ? called : `${called}, validation`,
        steps: scale.label === 'step' ? steps : steps.map((step) => scale.at(step, clock)),
        values,
        color: isOne ? Number(part === 'validation') : place,
        dashed: !isOne && part === 'validation',
      })
      metrics.set(metric, lines)
    }
  }
  return [...metrics].map(([metric, lines]) => ({ metric, lines }))
}
