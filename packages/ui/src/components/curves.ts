import { type ComponentChild, Fragment, h } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { averageOf, type Spread } from '../data/average.ts'
import { type Scale, scaleOf } from '../data/axis.ts'
import type { RunCurves } from '../data/curves.ts'
import type { Window } from '../data/downsample.ts'
import { formatNumber } from '../data/format.ts'
import type { Group } from '../data/groups.ts'
import { Chart, type View } from './chart.ts'
import { CurveControls } from './curve-controls.ts'
import { type CurveView, PLAIN } from './curve-view.ts'
import type { Line } from './drawn-lines.ts'

/** Curves of one run or of several, a chart for each metric. */
export interface CurvesProps {
  readonly curves: readonly RunCurves[]
  /** What runs are called, where there are several. */
  readonly names?: Readonly<Record<string, string>> | undefined
  /** Which runs have one colour, in the order of colours; each its own where nothing is said. */
  readonly groups?: readonly Group[] | undefined
  /** Whether a line is the mean of its group, and what lies around it. */
  readonly average?: Spread | undefined
  /** How they are looked at, where somebody else keeps that. */
  readonly kept?: readonly [CurveView, (view: CurveView) => void]
  /** Told which part is looked at, so that its points can be got more closely. */
  onWindow?(window: Window | undefined): void
}

const NO_NAMES = {}

/** Charts that share their zoom, with smoothing and logarithmic axes. */
export function Curves({
  curves,
  names = NO_NAMES,
  groups,
  average,
  kept,
  onWindow,
}: CurvesProps): ComponentChild {
  const own = useState<CurveView>(PLAIN)
  const [look, setLook] = kept ?? own
  const [window, setWindow] = useState<Window | undefined>(undefined)
  const { axis } = look
  const scale = useMemo(
    () =>
      scaleOf(
        axis,
        curves.map(({ clock }) => clock),
      ),
    [axis, curves],
  )
  const zoom = (next: Window | undefined) => {
    setWindow(next)
    // Points are got more closely by their steps, which runs reach at times of their own.
    onWindow?.(axis === 'step' ? next : undefined)
  }
  const change = (next: Partial<CurveView>) => {
    setLook({ ...look, ...next })
    if (next.axis !== undefined) {
      setWindow(undefined)
      onWindow?.(undefined)
    }
  }
  const charts = useMemo(
    () => chartsOf(curves, { names, groups, average, scale }),
    [curves, names, groups, average, scale],
  )
  const best = curves.length === 1 ? curves[0]!.best : undefined
  const mark = best && {
    step: scale.at(best.step, curves[0]!.clock),
    label: `best epoch: ${best.epoch} (${best.metric} ${formatNumber(best.value)})`,
  }
  if (charts.length === 0) return h('p', { class: 'soft' }, 'Nothing is logged yet.')
  const view: View = { ...look, window }
  return h(
    Fragment,
    null,
    h(CurveControls, {
      ...{ view: look, curves, change },
      onShowAll: window && (() => zoom(undefined)),
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
          onWindow: zoom,
        }),
      ),
    ),
  )
}

interface MetricChart {
  readonly metric: string
  readonly lines: readonly Line[]
}

/** A line of a run, and the group that the run is of. */
interface GroupedLine {
  readonly run: string
  readonly group: number
  readonly part: 'training' | 'validation'
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

function chartsOf(
  curves: readonly RunCurves[],
  {
    names = NO_NAMES,
    groups = curves.map(({ run }) => ({ label: names[run] ?? run, runs: [run] })),
    average,
    scale,
  }: Pick<CurvesProps, 'names' | 'groups' | 'average'> & { readonly scale: Scale },
): MetricChart[] {
  const groupOf = new Map(groups.flatMap(({ runs }, i) => runs.map((run) => [run, i] as const)))
  const metrics = new Map<string, GroupedLine[]>()
  for (const { run, series, clock } of curves) {
    for (const { metric, part, steps, values } of series) {
      const lines = metrics.get(metric) ?? []
      lines.push({
        ...{ run, group: groupOf.get(run) ?? 0, part, values },
        steps: scale.label === 'step' ? steps : steps.map((step) => scale.at(step, clock)),
      })
      metrics.set(metric, lines)
    }
  }
  return [...metrics].map(([metric, lines]) => ({
    metric,
    lines:
      curves.length === 1
        ? lines.map(({ part, steps, values }) => ({
            ...{ steps, values, label: part, color: Number(part === 'validation') },
          }))
        : average === undefined
          ? lines.map((line) => ({
              ...{ steps: line.steps, values: line.values, ...styleOf(line, groups) },
              name: nameOf(line, groups, names),
            }))
          : averages(lines, groups, average),
  }))
}

function averages(lines: readonly GroupedLine[], groups: readonly Group[], spread: Spread): Line[] {
  return (['training', 'validation'] as const).flatMap((part) =>
    groups.flatMap((_, group) => {
      const members = lines.filter((line) => line.group === group && line.part === part)
      if (members.length === 0) return []
      const { low, high, ...mean } = averageOf(members, spread)
      const band = members.length > 1 ? { low, high } : undefined
      return [{ ...mean, band, ...styleOf(members[0]!, groups) }]
    }),
  )
}

function styleOf(
  { group, part }: GroupedLine,
  groups: readonly Group[],
): Pick<Line, 'label' | 'color' | 'dashed'> {
  const isValidation = part === 'validation'
  const called = groups[group]?.label ?? ''
  return {
    ...{ color: group, dashed: isValidation },
    label: isValidation ? `${called}, validation` : called,
  }
}

/** What a line is called where it is pointed at: of a group of several runs, its own run too. */
function nameOf(
  line: GroupedLine,
  groups: readonly Group[],
  names: Readonly<Record<string, string>>,
): string {
  const { label } = styleOf(line, groups)
  const isAlone = groups[line.group]?.runs.length === 1
  return isAlone ? label : `${label} (${names[line.run] ?? line.run})`
}
