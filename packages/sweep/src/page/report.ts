import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunFolder } from '@ashlar/experiment'
import { openRun, readCurves } from '@ashlar/experiment/runs'
import {
  type Content,
  documentOf,
  facts,
  figure,
  html,
  number,
  section,
  table,
} from '@ashlar/report'
import { sweepFiles } from '../run/files.ts'
import type { SweepRequest } from '../run/request.ts'
import type { Parameter } from '../space/parameter.ts'
import { parseSpace } from '../space/parse.ts'
import { readTrials } from '../store/trial-log.ts'
import { bestOf, lastScore, statusOf, type Trial } from '../trials/trial.ts'
import { importanceOf } from './importance.ts'
import { allCurvesPlot, importancePlot, parallelPlot, progressPlot, textOf } from './plots.ts'

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
  const trials = [...(await readTrials(folder.file(sweepFiles.log), metric)).values()]
  const ranked = trials.filter(isScored).sort(byWorth)
  const shown = ranked.slice(0, MOST)
  const best = bestOf(trials)
  const curves = await curvesOf(folder.path, shown.slice(0, MOST_CURVES), metric)
  const config = await readFile(folder.file(sweepFiles.best), 'utf8').catch(() => undefined)
  const importance = importanceOf(parameters, trials)
  const page = documentOf(
    `${request.name}: ${folder.name}`,
    html`<h1>${request.name}</h1>
<p class="soft">${folder.name}</p>
<dl class="figures">${figuresOf(trials, best, metric).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
`,
    parameters.length === 0 || shown.length === 0
      ? undefined
      : section(
          'Trials',
          html`<div class="scroll">${figure(parallelPlot(parameters, shown, metric))}</div>`,
          html`<div class="plots">${[
            ...(importance.length === 0 ? [] : [figure(importancePlot(importance))]),
            figure(progressPlot(ranked, metric)),
          ]}</div>`,
          ranked.length > shown.length
            ? html`<p class="soft">Lines and rows are those of the best ${shown.length} trials.</p>`
            : undefined,
        ),
    curves.length === 0
      ? undefined
      : section('Curves', figure(allCurvesPlot(curves, plainName(metric), best?.id))),
    config === undefined ? undefined : section('Best configuration', html`<pre>${config}</pre>`),
    tableOf({ parameters, metric }, shown),
    failures(trials),
    section('What was asked for', facts(askedFor(request))),
  )
  await folder.write(sweepFiles.report, page)
  return folder.file(sweepFiles.report)
}

function isScored(trial: Trial): boolean {
  return trial.error === undefined && Number.isFinite(lastScore(trial))
}

/** Those that had all their epochs first, as {@link bestOf} has it. */
function byWorth(a: Trial, b: Trial): number {
  return Number(b.isOver) - Number(a.isOver) || lastScore(a)! - lastScore(b)! || a.index - b.index
}

function figuresOf(
  trials: readonly Trial[],
  best: Trial | undefined,
  metric: string,
): [string, Content][] {
  const count = (status: string) => trials.filter((each) => statusOf(each) === status).length
  const steps = trials.reduce((sum, each) => sum + each.steps, 0)
  return [
    ...(best === undefined
      ? []
      : [[`best ${metric}`, number(best.metrics[metric]!)] as [string, Content]]),
    ['trials', number(trials.length)],
    ['completed', number(count('completed'))],
    ['pruned', number(count('pruned'))],
    ['failed', number(count('failed'))],
    ['steps', number(steps)],
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

/** What is tested at the end has no curve; what is like it has. */
function plainName(metric: string): string {
  return metric.replace(/^test_/, '')
}

function tableOf(
  { parameters, metric }: { parameters: readonly Parameter[]; metric: string },
  trials: readonly Trial[],
): Content {
  if (trials.length === 0) return undefined
  const keys = parameters.map(({ key }) => key)
  const rows = trials.map((each) => [
    each.id,
    statusOf(each),
    ...keys.map((key) => textOf(each.params[key])),
    number(each.metrics[metric]!),
    number(each.steps),
    number(each.seconds),
  ])
  return section(
    'Table',
    table(['trial', 'status', ...keys, metric, 'steps', 'seconds'], rows, {
      text: 2 + keys.length,
    }),
  )
}

function failures(trials: readonly Trial[]): Content {
  const failed = trials.filter(({ error }) => error !== undefined).slice(0, MOST)
  if (failed.length === 0) return undefined
  const rows = failed.map(({ id, params, error }) => [
    id,
    Object.entries(params)
      .map(([key, value]) => `${key}=${textOf(value)}`)
      .join(' '),
    error!.message,
  ])
  return section('Failures', table(['trial', 'parameters', 'error'], rows, { text: 3 }))
}

function askedFor(request: SweepRequest): [string, Content][] {
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
