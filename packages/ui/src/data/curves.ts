import { type Clock, clockOf } from './axis.ts'
import { type BestEpoch, type Better, bestEpoch } from './best.ts'
import { downsample, gridOf, means, type Points, type Window } from './downsample.ts'

/** One line of a chart. */
export interface Series {
  /** Without `val_`. */
  readonly metric: string
  readonly part: 'training' | 'validation'
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** The curves of a run. */
export interface RunCurves {
  readonly run: string
  readonly series: readonly Series[]
  readonly best?: BestEpoch | undefined
  /** When its epochs ended; undefined before the first has. */
  readonly clock?: Clock | undefined
}

/** What a run logged, by metric. */
export interface Logged {
  readonly epochs: Readonly<Record<string, Points>>
  readonly steps: Readonly<Record<string, Points>>
  /** Which way metrics get better. */
  readonly better?: Better | undefined
}

/** How curves are made smaller. */
export interface CurveOptions {
  /** Of each series. */
  readonly most: number
  readonly window?: Window | undefined
  /** Whether series are means on one grid over this window. */
  readonly grid?: Window | undefined
}

/** Before the names of metrics on the validation split. */
const VALIDATION = 'val_'

/** More charts than anybody looks at. */
const MOST_METRICS = 100

/** The curves of a run: for each metric, training (a point per logged step where these are more) and validation; the learning rate last. */
export function curvesOf(
  run: string,
  logged: Logged,
  { most, window, grid }: CurveOptions,
  config?: Readonly<Record<string, unknown>>,
): RunCurves {
  const { epochs, steps } = logged
  const names = [...Object.keys(epochs), ...Object.keys(steps)]
  const metrics = new Set(names.map((name) => name.replace(/^val_/, '')))
  metrics.delete('seconds')
  if (metrics.delete('learningRate')) metrics.add('learningRate')
  const small = (points: Points): Pick<Series, 'steps' | 'values'> =>
    grid === undefined
      ? downsample(points, most, window)
      : { steps: gridOf(most, grid), values: means(points, most, grid) }
  const series = [...metrics].slice(0, MOST_METRICS).flatMap((metric): Series[] => {
    const training = longer(own(steps, metric), own(epochs, metric))
    const validation = own(epochs, VALIDATION + metric)
    return [
      ...(training ? [{ metric, part: 'training', ...small(training) } as const] : []),
      ...(validation ? [{ metric, part: 'validation', ...small(validation) } as const] : []),
    ]
  })
  const took = own(epochs, 'seconds')
  const clock = took && clockOf(took)
  return { run, series, best: bestEpoch(epochs, config, logged.better), ...(clock && { clock }) }
}

/** The first and last step of anything that was logged. */
export function extentOf({ epochs, steps }: Logged): Window | undefined {
  const all = [...Object.values(epochs), ...Object.values(steps)].filter(
    (points) => points.steps.length > 0,
  )
  if (all.length === 0) return undefined
  return {
    from: Math.min(...all.map((points) => points.steps[0]!)),
    to: Math.max(...all.map((points) => points.steps.at(-1)!)),
  }
}

/** A metric may be called `constructor`. */
function own(points: Readonly<Record<string, Points>>, name: string): Points | undefined {
  return Object.hasOwn(points, name) ? points[name] : undefined
}

function longer(one: Points | undefined, other: Points | undefined): Points | undefined {
  return (one?.steps.length ?? 0) > (other?.steps.length ?? 0) ? one : other
}
