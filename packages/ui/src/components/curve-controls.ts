import { type ComponentChild, h } from 'preact'
import type { Axis } from '../data/axis.ts'
import type { RunCurves } from '../data/curves.ts'
import { CsvButton } from './csv-button.ts'
import type { CurveView } from './curve-view.ts'
import { Choice } from './parts.ts'

/** What one may choose from, with its name. */
const AXES: Readonly<Record<Axis, string>> = { step: 'steps', epoch: 'epochs', time: 'time' }

/** How curves are shown. */
export function CurveControls({
  view,
  curves,
  change,
  onShowAll,
}: {
  view: CurveView
  curves: readonly RunCurves[]
  change(next: Partial<CurveView>): void
  /** Undefined where everything is shown. */
  onShowAll: (() => void) | undefined
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
    curves.some(({ clock }) => clock !== undefined) &&
      h(Choice, {
        label: 'over',
        value: view.axis,
        options: Object.entries(AXES),
        onChange: (axis) => change({ axis: axis as Axis }),
      }),
    box('log x', 'logX'),
    box('log y', 'logY'),
    box('ignore outliers', 'withoutOutliers'),
    h(
      'button',
      { type: 'button', disabled: onShowAll === undefined, onClick: onShowAll },
      'Show everything',
    ),
    h(CsvButton, { name: 'curves', rows: () => rowsOf(curves) }),
    h('span', { class: 'soft hint' }, 'Drag to zoom, double-click to see everything.'),
  )
}

/** A row for each point that the page has. */
function rowsOf(curves: readonly RunCurves[]): (string | number)[][] {
  const rows = curves.flatMap(({ run, series }) =>
    series.flatMap(({ metric, part, steps, values }) =>
      steps.flatMap((step, i) => {
        const value = values[i]
        return value == null ? [] : [[run, metric, part, step, value]]
      }),
    ),
  )
  return [['run', 'metric', 'part', 'step', 'value'], ...rows]
}
