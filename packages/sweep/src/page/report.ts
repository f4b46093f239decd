import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunFolder } from '@ashlar/experiment'
import { openRun, readCurves } from '@ashlar/experiment/runs'
import {
  type Column,
  Drawing,
  documentOf,
  Facts,
  type Figure,
  Figures,
  Scroll,
  Section,
  Table,
} from '@ashlar/ui'
import { type ComponentChild, h } from 'preact'
import { sweepFiles } from '../run/files.ts'
import type { SweepRequest } from '../run/request.ts'
import { type Parameter, textOf } from '../space/parameter.ts'
import { parseSpace } from '../space/parse.ts'
import { readTrials } from '../store/trial-log.ts'
import { plainName } from '../trials/metric.ts'
import { ranked, statusOf, type Trial } from '../trials/trial.ts'
import { importanceOf } from './importance.ts'
import { allCurvesPlot, importancePlot, parallelPlot, progressPlot } from './plots.ts'

/** Trials that plots and the table show: the best of them. More could not be told apart. */
const MOST = 500

/** Curves that are drawn. */
const MOST_CURVES = 200

/**
 * Writes a sweep as one page that needs nothing else: parallel coordinates, importance, the curves of its trials, the best configuration, a table.
 *
 * @param folder of the sweep, with its log in it.
 * @returns the path of the page.
 */
export async function writeSweepReport(folder: RunFolder, request: SweepRequest): Promise<string> {
  const { metric, args } = request
  const { parameters } = parseSpace(args)
  const trials = [...(await readTrials(folder.file(sweepFiles.log), metric, parameters)).values()]
  const scored = ranked(trials)
  const shown = scored.slice(0, MOST)
  const [best] = scored
  const curves = await curvesOf(folder.path, shown.slice(0, MOST_CURVES), metric)
  const config = await readFile(folder.file(sweepFiles.best), 'utf8').catch(() => undefined)
  const importance = importanceOf(parameters, trials)
  const body = h(
    'main',
    { class: 'report' },
    h('h1', null, request.name),
    h('p', { class: 'soft' }, folder.name),
    h(Figures, { figures: figuresOf(trials, best, metric) }),
    parameters.length > 0 &&
      shown.length > 0 &&
      h(
        Section,
        { title: 'Trials' },
        h(
          Scroll,
          { label: 'Every trial' },
          h(Drawing, { plot: parallelPlot(parameters, shown, metric) }),
        ),
        h(
          'div',
          { class: 'charts' },
          importance.length > 0 && h(Drawing, { plot: importancePlot(importance) }),
          h(Drawing, { plot: progressPlot(scored, metric) }),
        ),
        scored.length > shown.length &&
          h('p', { class: 'soft' }, `Lines and rows are those of the best ${shown.length} trials.`),
      ),
    curves.length > 0 &&
      h(
        Section,
        { title: 'Curves' },
        h(Drawing, { plot: allCurvesPlot(curves, plainName(metric), best?.id) }),
      ),
    config !== undefined &&
      h(Section, { title: 'Best configuration' }, h('pre', { tabIndex: 0 }, config)),
    tableOf({ parameters, metric }, shown),
    failures(trials),
    h(Section, { title: 'What was asked for' }, h(Facts, { rows: askedFor(request) })),
  )
  const page = documentOf({ title: `${request.name}: ${folder.name}`, body })
  await folder.write(sweepFiles.report, page)
  return folder.file(sweepFiles.report)
}

function figuresOf(trials: readonly Trial[], best: Trial | undefined, metric: string): Figure[] {
  const count = (status: string) => trials.filter((each) => statusOf(each) === status).length
  return [
    ...(best === undefined ? [] : [{ name: `best ${metric}`, value: best.metrics[metric]! }]),
    { name: 'trials', value: trials.length },
    { name: 'completed', value: count('completed') },
    { name: 'pruned', value: count('pruned') },
    { name: 'failed', value: count('failed') },
    { name: 'steps', value: trials.reduce((sum, each) => sum + each.steps, 0) },
  ]
}

async function curvesOf(
  folder: string,
  trials: readonly Trial[],
  metric: string,
): Promise<Parameters<typeof allCurvesPlot>[0]> {
  const read = trials.map(async ({ id }) => {
    // A trial may be in a store elsewhere, or was removed.
    const curves = await openRun(join(folder, id))
      .then((run) => readCurves(run, 'epoch'))
      .catch(() => ({}))
    const name = plainName(metric)
    const points = Object.hasOwn(curves, name) ? (curves as Record<string, []>)[name]! : []
    return { id, points }
  })
  return (await Promise.all(read)).filter(({ points }) => points.length > 0)
}

function tableOf(
  { parameters, metric }: { parameters: readonly Parameter[]; metric: string },
  trials: readonly Trial[],
): ComponentChild {
  if (trials.length === 0) return undefined
  const text = (head: string, of: (trial: Trial) => string): Column => ({
    ...{ head, kind: 'text', cells: trials.map(of) },
  })
  const number = (head: string, of: (trial: Trial) => number | undefined): Column => ({
    ...{ head, kind: 'number', cells: trials.map(of) },
  })
  const columns = [
    text('trial', ({ id }) => id),
    text('status', statusOf),
    ...parameters.map(({ key }) => text(key, ({ params }) => textOf(params[key]))),
    number(metric, ({ metrics }) => metrics[metric]),
    number('steps', ({ steps }) => steps),
    number('seconds', ({ seconds }) => seconds),
  ]
  return h(
    Section,
    { title: 'Table' },
    h(Table, { label: 'Trials, the best first', columns, names: true }),
  )
}

function failures(trials: readonly Trial[]): ComponentChild {
  const failed = trials.filter(({ error }) => error !== undefined).slice(0, MOST)
  if (failed.length === 0) return undefined
  const given = ({ params }: Trial) =>
    Object.entries(params)
      .map(([key, value]) => `${key}=${textOf(value)}`)
      .join(' ')
  const columns: Column[] = [
    { head: 'trial', kind: 'text', cells: failed.map(({ id }) => id) },
    { head: 'parameters', kind: 'text', cells: failed.map(given) },
    { head: 'error', kind: 'text', cells: failed.map(({ error }) => error!.message) },
  ]
  return h(
    Section,
    { title: 'Failures' },
    h(Table, { label: 'Trials that failed', columns, names: true }),
  )
}

function askedFor(request: SweepRequest): [string, string][] {
  const { target, args, metric, constraints, seed, suggester, scheduler, launcher } = request
  return [
    ['experiment', target],
    ['arguments', args.join(' ')],
    ['metric', metric],
    ['constraints', constraints.join('; ') || 'none'],
    ['seed', String(seed)],
    ['suggester', textOf(suggester)],
    ['scheduler', textOf(scheduler)],
    ['launcher', textOf(launcher)],
    ['began', request.began],
  ]
}
