import { lstat, readdir, realpath, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ConfigError, closest } from '@ashlar/errors'
import { filterRuns, listRuns, openRun, type RunRecord, runFiles } from '@ashlar/experiment/runs'
import { formatBytes, formatCount, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** What to remove of which runs. */
export interface RemoveRunsRequest {
  /** The folder that the runs are in. */
  readonly out: string
  /** Conditions, as `accuracy<0.5`; and, to delete, names of runs or their folders. */
  readonly conditions: readonly string[]
  /** Deletes the runs that are named and for which the conditions hold. */
  readonly delete?: boolean | undefined
  /** Deletes what came to nothing, and checkpoints that nobody needs any more. */
  readonly prune?: boolean | undefined
  /** Does it; else it is only shown. */
  readonly yes?: boolean | undefined
  /** What the user types to start the program. */
  readonly program: string
}

/** Something to remove. */
interface Target {
  readonly run: string
  /** The run's folder, or one in it. */
  readonly path: string
  readonly what: 'run' | 'checkpoints'
  readonly bytes: number
}

/**
 * Deletes runs, or shows which it would delete. A run under way is left alone.
 *
 * @throws ConfigError for `delete` without a name or a condition, for a name that no run has, and for `delete` and `prune` at once.
 */
export async function removeRuns(request: RemoveRunsRequest, output: Output): Promise<void> {
  const { out, conditions, prune, yes } = request
  if (request.delete && prune) {
    throw new ConfigError({
      where: 'ashlar runs',
      expected:
        '--delete and --prune exclude each other: the one goes by your conditions, the other by what came of runs',
    })
  }
  if (request.delete && conditions.length === 0) {
    throw new ConfigError({
      where: 'ashlar runs --delete',
      expected: 'names or conditions must say which runs: <run>, outcome=failed, accuracy<0.5',
      hint: 'run!="" is true of all.',
    })
  }
  const records = await listRuns(out)
  const named = request.delete
    ? await runsNamed(conditions, records, out)
    : new Map<string, string>()
  const runs = [...named.values()]
  const found = filterRuns(
    named.size === 0 ? records : records.filter(({ run }) => runs.includes(run)),
    conditions.filter((each) => !named.has(each)),
  )
  const running = found.filter(({ outcome }) => outcome === 'running')
  const rest = found.filter(({ outcome }) => outcome !== 'running')
  const targets: Target[] = []
  for (const record of rest) targets.push(...(await targetsOf(record, request)))
  const bytes = targets.reduce((sum, each) => sum + each.bytes, 0)
  const removed = yes === true
  for (const target of removed ? targets : []) await remove(target)
  output.result({ removed, bytes, targets, running: running.map(({ run }) => run) })
  for (const { run } of running) output.notice(`${run} is under way, and stays`)
  for (const { path, what, bytes: size } of targets) {
    const of = what === 'run' ? '' : ', checkpoints alone'
    output.line(
      `${removed ? 'deleted' : 'would delete'}  ${formatPath(path)} (${formatBytes(size)}${of})`,
    )
  }
  if (targets.length === 0)
    output.line(found.length === 0 ? 'no run fulfils that' : 'nothing to delete')
  else if (removed) output.line(`${formatBytes(bytes)} are free`)
  else
    output.line(
      `${formatCount(targets.length)} in all, ${formatBytes(bytes)}; to delete them, add --yes`,
    )
}

/**
 * The runs that are named, by what was written: a name, or the path of a folder, `runs/latest` included.
 *
 * @throws ConfigError for what is no run of the folder.
 */
async function runsNamed(
  given: readonly string[],
  records: readonly RunRecord[],
  out: string,
): Promise<Map<string, string>> {
  const names = records.map(({ run }) => run)
  const folder = await realpath(out).catch(() => out)
  const found = new Map<string, string>()
  for (const each of given.filter((text) => !/[=<>]/.test(text))) {
    const places = [join(out, each), each]
    const paths = await Promise.all(places.map((path) => realpath(path).catch(() => undefined)))
    const run = names.find((name) => paths.includes(join(folder, name)))
    if (run === undefined) {
      const near = closest(basename(each), names)
      throw new ConfigError({
        where: 'ashlar runs --delete',
        expected: `must be a run in ${formatPath(resolve(out))}, or a condition such as outcome=failed`,
        given: each,
        hint: near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`,
      })
    }
    found.set(each, run)
  }
  return found
}

async function targetsOf(
  { run, outcome, tags, note }: RunRecord,
  { out, prune }: RemoveRunsRequest,
): Promise<Target[]> {
  const path = resolve(out, run)
  const whole = async (): Promise<Target[]> => [
    { run, path, what: 'run', bytes: await sizeOf(path) },
  ]
  if (!prune) return whole()
  const isKept = tags.length > 0 || (note ?? '') !== ''
  if (outcome === 'failed') return isKept ? [] : whole()
  // A run that was stopped or killed may go on.
  if (outcome !== 'finished') return []
  const checkpoints = join(path, runFiles.checkpoints)
  const bytes = await sizeOf(checkpoints)
  return bytes === 0 ? [] : [{ run, path: checkpoints, what: 'checkpoints', bytes }]
}

async function remove({ path, what }: Target): Promise<void> {
  if (what === 'run') await (await openRun(path)).remove()
  else await rm(path, { recursive: true, force: true })
}

/** Bytes of a folder; links count as themselves. */
async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.size
  const inside = await readdir(path)
  const sizes = await Promise.all(inside.map((name) => sizeOf(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}
