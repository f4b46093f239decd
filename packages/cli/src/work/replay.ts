import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import {
  type CarriedExperiment,
  type Origin,
  packageVersions,
  readExportMetadata,
  resolveExperiment,
} from '@ashlar/experiment'
import { inspectFile } from '@ashlar/export'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { describeExport, exportTrained } from './export.ts'
import { builtInPlugins } from './registry.ts'
import { describeInterruption, describeTraining, trainResolved } from './train.ts'

/** What to replay. */
export interface ReplayRequest {
  /** An exported file. */
  readonly file: string
  /** The folder that the new run folder is put into. */
  readonly out: string
  /** Where relative paths in the experiment start. */
  readonly folder: string
  /** Lets the file run its plugins, and read, write and call what it says. */
  readonly trust?: boolean | undefined
}

/** How a replay came out. */
export type ReplayOutcome = 'equal' | 'different' | 'interrupted'

/**
 * Trains and exports the experiment that a file carries again, and holds the new file against it, byte by byte.
 *
 * @throws DataError for a file that carries no experiment, or whose data is not what it was.
 * @throws ConfigError for a file that is not trusted and would do more than train and write its run.
 */
export async function replay(
  request: ReplayRequest,
  output: Output,
  name: string,
): Promise<ReplayOutcome> {
  const { file, out, folder } = request
  const { metadata, external } = await inspectFile(file)
  if (external.length > 0) {
    throw new DataError({
      where: file,
      expected: 'must hold its weights itself to be replayed',
      given: `weights in ${external.length} other files`,
    })
  }
  const carried = readExportMetadata(metadata, file)
  // Where the run goes, the user says.
  const own = { out }
  const origin: Origin = { where: file, asks: [] }
  const resolved = await resolveExperiment(
    { ...carried.experiment, ...own },
    { registry: builtInPlugins(), folder, ...(request.trust ? {} : { origin, own }) },
  )
  const trained = await trainResolved(resolved, output, {
    check: ({ digest }) => checkDigest(file, carried, digest),
  })
  describeTraining(trained, output)
  if (trained.interrupted) {
    describeInterruption(trained, name, output)
    return 'interrupted'
  }
  const exported = await exportTrained(trained)
  describeExport(exported, output)
  const [before, after] = await Promise.all([digestOf(file), digestOf(exported.path)])
  const equal = before === after
  const differences = equal ? [] : describeDifferences(carried, trained.summary.test)
  output.line()
  output.line(
    `${formatPath(exported.path)} ${equal ? 'equals' : 'does not equal'} ${formatPath(file)}`,
  )
  output.line(`sha256    ${before}`)
  if (!equal) output.line(`   now    ${after}`)
  for (const line of differences) output.line(line)
  output.result({
    run: trained.run.path,
    equal,
    file: { path: file, sha256: before },
    replayed: { path: exported.path, sha256: after },
    differences,
  })
  await trained.parts.dispose()
  return equal ? 'equal' : 'different'
}

function checkDigest(file: string, { dataset, digest }: CarriedExperiment, found: string): void {
  if (digest === undefined || digest === found) return
  throw new DataError({
    where: file,
    expected: `dataset ${dataset ?? 'of the experiment'} must be the one it was trained on, ${digest}`,
    given: found,
  })
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

/** What may have made the difference, for people. */
function describeDifferences(
  { versions, metrics, earlier }: CarriedExperiment,
  test: Readonly<Record<string, number>> | undefined,
): string[] {
  const now: Record<string, string> = packageVersions()
  const changed = Object.keys({ ...versions, ...now })
    .filter((name) => versions[name] !== now[name])
    .map(
      (name) => `version   ${name} was ${versions[name] ?? 'absent'}, is ${now[name] ?? 'absent'}`,
    )
  const moved = Object.entries(test ?? {})
    .filter(([name, value]) => metrics[name] !== value)
    .map(([name, value]) => `test      ${name} was ${metrics[name] ?? 'unknown'}, is ${value}`)
  const gone = earlier.map(
    ({ epochs, steps }) =>
      `epochs    the run was meant to have ${epochs} until step ${steps}, and then went on with others`,
  )
  const lines = [...gone, ...changed, ...moved]
  if (gone.length > 0 || changed.length > 0) return lines
  return [
    ...lines,
    'The versions are the same: another processor, or something that depends on time (a time budget), makes such a difference.',
  ]
}
