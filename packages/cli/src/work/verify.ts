import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { FileLimits } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import {
  isRun,
  loadAsTrained,
  openRun,
  openTrained,
  readText,
  requireTrust,
  runFiles,
  testParts,
} from '@ashlar/experiment'
import { parseReport, verifyStoredFile } from '@ashlar/export'
import { offerTensorflow } from '@ashlar/native'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { exportedFile } from './exported-file.ts'
import { isFile } from './is-file.ts'
import { describeLeftOut } from './left-out.ts'
import { type LookedAt, lookedAt, noticeAsked } from './looked-at.ts'
import { builtInPlugins } from './registry.ts'
import { describeVerification } from './verification.ts'

/** What to verify. */
export interface VerifyRequest {
  /** An exported file, or the folder of its run. */
  readonly file: string
  /** The run that it comes from; by default the folder that it lies in. */
  readonly run: string | undefined
  /** What the file may take up while it runs. */
  readonly limits: FileLimits
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: boolean | undefined
}

/**
 * Holds an exported file against the model of its run again.
 *
 * @throws ExportError when they do not equal each other.
 */
export async function verifyFile(
  { file, run, limits, trust }: VerifyRequest,
  output: Output,
): Promise<void> {
  const given = (await isFile(file)) && !file.endsWith('latest') ? resolve(file) : undefined
  const owner = run ?? (given === undefined ? file : dirname(given))
  if (!(await isRun(owner))) throw noRun(file, owner)
  const looked = await lookedAt({ path: owner, trust, parts: testParts })
  if (looked !== undefined) {
    await verifyStored(looked, { owner, given, limits }, output)
    return
  }
  const trained = await openTrained(owner, { registry: builtInPlugins(), trust })
  const { exporter, model, dataset, dispose } = trained.parts
  if (exporter?.verify === undefined) {
    throw new ConfigError({
      where: 'experiment.export',
      expected: 'the exporter of the run must be able to verify its files',
      given: exporter?.name,
    })
  }
  const path = given ?? (await exportedFile(trained.run, exporter.name))
  const { test, leftOut } = await loadAsTrained(trained.run, dataset)
  await offerTensorflow()
  const report = await exporter.verify(model, path, { samples: test, limits })
  output.line(`${formatPath(path)} equals the model of ${formatPath(trained.run.path)}`)
  for (const line of describeVerification(report)) output.line(line)
  describeLeftOut(leftOut, output)
  output.result({ run: trained.run.path, file: path, report })
  await dispose()
}

/**
 * Holds a file against what its run recorded, where the model needs code that nobody has trusted: it is the file that equalled the model when it was
 * exported, takes and gives what it did, and loads.
 *
 * @throws ConfigError that asks for trust, where the run recorded nothing to hold it against.
 */
async function verifyStored(
  { origin, asked }: LookedAt,
  request: Pick<VerifyRequest, 'limits'> & {
    readonly owner: string
    readonly given?: string | undefined
  },
  output: Output,
): Promise<void> {
  const { owner, given, limits } = request
  const run = await openRun(owner)
  const stored = parseReport(await readText(run.file(runFiles.verification)).catch(() => ''))
  const onlyCode = asked.actions.every(({ does }) => does === 'run')
  if (stored === undefined || !onlyCode) requireTrust(origin!, asked.actions)
  const path = given ?? (await exportedFile(run, 'onnx'))
  const report = await verifyStoredFile(path, stored!, { limits })
  noticeAsked(formatPath(run.path), asked, output)
  output.line(
    `${formatPath(path)} is the file that ${formatPath(run.path)} recorded as equal to its model`,
  )
  output.line(
    `sha256 ${report.sha256}, ${report.inputs.join(', ')} to ${report.outputs.join(', ')}; it loads`,
  )
  output.line('Its model was not run: --trust holds the file against it again.')
  output.result({ run: run.path, file: path, stored: report })
}

function noRun(file: string, owner: string): DataError {
  if (!existsSync(file)) {
    return new DataError({
      where: file,
      expected: 'must be an exported file, or the folder of its run',
      hint: 'There is nothing at this path.',
    })
  }
  return new DataError({
    where: file,
    expected: 'the run that the file comes from must be known',
    given: formatPath(owner),
    hint: 'That is no run folder. Name the run: --run <dir>',
  })
}
