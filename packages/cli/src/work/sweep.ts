import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { applyOverrides, nameOfFile } from '@ashlar/experiment'
import {
  type DataMap,
  isDataMap,
  type PluginKind,
  type Registry,
  resolveReference,
} from '@ashlar/plugins'
import {
  commandOf,
  createSweep,
  type FinishedSweep,
  listTrials,
  openSweep,
  type PlannedSweep,
  parseSpace,
  planSweep,
  readRequest,
  refuseOtherBase,
  requireOwnSweep,
  runSweep,
  type SweepOptions,
  type SweepRequest,
  sweepFiles,
  textOf,
  writeRequest,
} from '@ashlar/sweep'
import type { writeSweepReport } from '@ashlar/sweep/page'
import { formatMetric, formatPath } from '../terminal/format.ts'
import { listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { sweepProgress } from '../terminal/sweep-progress.ts'
import { formatTable } from '../terminal/table.ts'
import { describeFailures } from './failures.ts'
import { builtInPlugins } from './registry.ts'
import { resolveTarget, type TargetOptions } from './target.ts'
import { PROGRAM, TRIAL_PROCESS } from './trial-module.ts'

/** What a sweep is asked for on the command line. */
export interface SweepCommand {
  readonly experiment: string | undefined
  readonly args: readonly string[]
  readonly target: TargetOptions
  /** What the user types to start the program. */
  readonly name: string
  readonly metric?: string | undefined
  readonly trials?: number | undefined
  readonly suggester?: string | undefined
  readonly scheduler?: string | undefined
  readonly launcher?: string | undefined
  readonly queue?: string | undefined
  readonly constraint?: readonly string[] | undefined
  readonly seed?: number | undefined
  readonly minutes?: number | undefined
  readonly patience?: number | undefined
  readonly attempts?: number | undefined
  readonly parallel?: number | undefined
  readonly threads?: number | undefined
  readonly out?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly resume?: string | undefined
}

/** Makes a sweep, goes on with one, or lists its trials. */
export async function runSweepCommand(
  asked: SweepCommand,
  output: Output,
): Promise<{ readonly interrupted: boolean; readonly failed: boolean }> {
  if (asked.resume !== undefined) return resumeSweep(asked, output)
  const base = await baseOf(requireExperiment(asked), asked.args, asked.target)
  const { registry } = base
  const request = requestOf(asked, base)
  const options = { registry, resolve: resolverOf(request, asked.target) }
  const planned = await planSweep(request, options)
  if (asked.dryRun) {
    await showTrials(planned, options, output)
    return { interrupted: false, failed: false }
  }
  const folder = await createSweep(asked.out ?? base.out, planned)
  return make(planned, folder, { resolve: options.resolve, name: asked.name }, output)
}

async function resumeSweep(
  asked: SweepCommand,
  output: Output,
): ReturnType<typeof runSweepCommand> {
  const folder = await openSweep(asked.resume!)
  const began = await readRequest(folder)
  const given = [asked.experiment, ...asked.args].filter((each) => each !== undefined)
  if (given.length > 0) {
    throw new ConfigError({
      where: 'ashlar sweep --resume',
      expected: 'a sweep must go on with the experiment and values that it began with',
      given: given.join(' '),
      hint: '--trials, --minutes, --patience, --attempts, --parallel and --launcher may be others.',
    })
  }
  await requireOwnSweep(folder, began, asked.target.trust)
  const { base: _, ...rest } = began
  const { registry } = await baseOf(began.target, began.args, asked.target)
  const isElsewhere = asked.launcher !== undefined || asked.queue !== undefined
  const request = {
    ...rest,
    trials: asked.trials ?? began.trials,
    minutes: asked.minutes,
    patience: asked.patience ?? began.patience,
    attempts: asked.attempts ?? began.attempts,
    parallel: asked.parallel ?? began.parallel,
    launcher: isElsewhere ? launcherOf(registry, asked) : began.launcher,
  }
  const options = { registry, resolve: resolverOf(request, asked.target) }
  const planned = await planSweep(request, options)
  refuseOtherBase(began, planned.request)
  if (asked.dryRun) {
    await showTrials(planned, options, output)
    return { interrupted: false, failed: false }
  }
  await writeRequest(folder, planned.request)
  return make(planned, folder, { resolve: options.resolve, name: asked.name }, output)
}

/** What is known of an experiment before anything is varied. */
interface Base {
  readonly name: string
  readonly out: string
  /** The plugins at hand, those that the experiment brings included. */
  readonly registry: Registry
}

async function baseOf(
  target: string,
  args: readonly string[],
  options: TargetOptions,
): Promise<Base> {
  const { parameters, fixed } = parseSpace(args)
  try {
    const { experiment, registry } = await resolveTarget(target, { ...options, overrides: fixed })
    return { name: experiment.name, out: experiment.out, registry }
  } catch (error) {
    // What is varied may be what it cannot do without.
    if (!(error instanceof ConfigError) || parameters.length === 0) throw error
    return { name: nameOfFile(target), out: 'runs', registry: builtInPlugins() }
  }
}

function requireExperiment({ experiment }: SweepCommand): string {
  if (experiment === undefined) {
    throw new ConfigError({
      where: 'ashlar sweep',
      expected: 'an experiment must be given, or a sweep to go on with: --resume DIR',
      hint: 'See ashlar sweep --help.',
    })
  }
  return experiment
}

function requestOf(asked: SweepCommand, { name, registry }: Base): Omit<SweepRequest, 'base'> {
  const experiment = requireExperiment(asked)
  if (asked.metric === undefined) {
    throw new ConfigError({
      where: 'ashlar sweep',
      expected: '--metric must say what makes a trial good',
      hint: 'For example --metric val_accuracy, with dataset.validation=0.1.',
    })
  }
  const isPath = existsSync(experiment)
  return {
    name,
    target: isPath ? resolve(experiment) : experiment,
    args: asked.args,
    metric: asked.metric,
    trials: asked.trials,
    constraints: asked.constraint ?? [],
    seed: asked.seed ?? 0,
    suggester: refer(registry, 'suggester', asked.suggester ?? usualSuggester(asked)),
    scheduler: refer(registry, 'scheduler', asked.scheduler ?? 'full'),
    launcher: launcherOf(registry, asked),
    minutes: asked.minutes,
    patience: asked.patience,
    attempts: asked.attempts ?? 3,
    threads: asked.threads,
    parallel: asked.parallel,
    began: new Date().toISOString(),
  }
}

/** Every combination, unless there is to be an end before that. */
function usualSuggester({ trials, minutes, patience }: SweepCommand): string {
  return trials === undefined && minutes === undefined && patience === undefined ? 'grid' : 'random'
}

function launcherOf(
  registry: Registry,
  { launcher, queue }: SweepCommand,
): ReturnType<typeof refer> {
  const more = queue === undefined ? {} : { queue }
  return refer(registry, 'launcher', launcher ?? (queue === undefined ? 'local' : 'bullmq'), more)
}

/** A plugin as the command line names it: a name, or a mapping in YAML. */
function refer(
  registry: Registry,
  kind: PluginKind,
  text: string,
  more: object = {},
): ReturnType<typeof resolveReference> {
  const given = (applyOverrides({}, [`value=${text}`], kind) as DataMap).value
  const reference = isDataMap(given ?? null) ? (given as { name?: unknown }) : { name: text }
  if (typeof reference.name !== 'string') {
    throw new ConfigError({
      where: `--${kind}`,
      expected: "must be a name, or a name with options: '{name: asha, eta: 4}'",
      given: text,
    })
  }
  return resolveReference(
    registry,
    kind,
    { ...reference, ...more, name: reference.name },
    `--${kind}`,
  )
}

function resolverOf(
  { target, args }: Pick<SweepRequest, 'target' | 'args'>,
  options: TargetOptions,
): SweepOptions['resolve'] {
  const { fixed } = parseSpace(args)
  return (overrides) => resolveTarget(target, { ...options, overrides: [...fixed, ...overrides] })
}

async function showTrials(
  planned: PlannedSweep,
  options: Pick<SweepOptions, 'resolve'>,
  output: Output,
): Promise<void> {
  const trials = await listTrials(planned, options)
  const keys = planned.space.parameters.map(({ key }) => key)
  const rows = trials.map(({ id, params, error }) => [
    id,
    ...keys.map((key) => textOf(params[key])),
    error === undefined ? '' : 'cannot be',
  ])
  for (const line of formatTable(['trial', ...keys, ''], rows)) output.line(line)
  for (const { id, error } of trials)
    if (error !== undefined) output.line(`${id}: ${error.message}`)
  output.line(`${trials.length} ${trials.length === 1 ? 'trial' : 'trials'}; none was made`)
  output.result({
    trials: trials.map(({ id, params, error }) => ({
      ...{ id, status: 'planned', params, metrics: {} },
      ...(error !== undefined && { error: error.message }),
    })),
    best: null,
  })
}

async function make(
  planned: PlannedSweep,
  folder: Awaited<ReturnType<typeof openSweep>>,
  { name, ...options }: Pick<SweepOptions, 'resolve'> & { readonly name: string },
  output: Output,
): ReturnType<typeof runSweepCommand> {
  const { metric } = planned.request
  const progress = sweepProgress(output.progress, { metric })
  const notice = (text: string) => {
    progress.pause()
    output.notice(text)
  }
  const interruption = listenForInterruption({
    told: () => notice('\nstopping after these steps (Ctrl-C again ends at once)'),
  })
  const place = `sweep     ${formatPath(folder.path)}`
  if (output.json) output.notice(place)
  else output.line(place)
  try {
    const finished = await runSweep(planned, folder, {
      ...options,
      module: TRIAL_PROCESS,
      command: commandOf(PROGRAM),
      signal: interruption.signal,
      changed: progress.changed,
      notice,
    })
    const hasReport = await writeReport(folder, planned.request).then(
      () => true,
      (error: Error) => {
        notice(`no report: ${error.message}`)
        return false
      },
    )
    describe(finished, planned, { name, hasReport }, output)
    const { trials, best } = finished
    output.result({ trials, best })
    return { interrupted: finished.isInterrupted, failed: best === null }
  } finally {
    interruption.end()
  }
}

async function writeReport(...of: Parameters<typeof writeSweepReport>): Promise<void> {
  // What draws is loaded once there is something to draw.
  const { writeSweepReport } = await import('@ashlar/sweep/page')
  await writeSweepReport(...of)
}

function describe(
  { trials, best, reason, folder, isInterrupted }: FinishedSweep,
  { request }: PlannedSweep,
  { name, hasReport }: { readonly name: string; readonly hasReport: boolean },
  output: Output,
): void {
  const count = (status: string) => trials.filter((each) => each.status === status).length
  // Nobody has decided against those that an end from outside has left.
  const isEarly = isInterrupted || reason !== undefined
  output.line()
  output.line(
    `${trials.length} trials: ${count('completed')} completed, ${count('pruned')} ${isEarly ? 'not finished' : 'pruned'}, ${count('failed')} failed${reason === undefined ? '' : `; ${reason}`}`,
  )
  const path = formatPath(folder.path)
  const failed = trials.filter(({ status }) => status === 'failed')
  for (const line of describeFailures(failed, `${path}/${sweepFiles.results}`)) output.notice(line)
  if (isInterrupted) output.line(`\nTo go on:\n  ${name} sweep --resume ${path}`)
  if (best === null) return
  const { metric } = request
  output.line(`best      ${best.id}  ${metric} ${formatMetric(best.metrics[metric] ?? Number.NaN)}`)
  for (const [key, value] of Object.entries(best.params))
    output.line(`          ${key}=${textOf(value)}`)
  output.line()
  output.line('Next:')
  output.line(`  ${name} run ${path}/${sweepFiles.best}`)
  output.line(`  ${name} runs --out ${path} --sort training.${metric}`)
  if (hasReport) output.line(`  open ${path}/${sweepFiles.report}`)
}
