import { resolve } from 'node:path'
import { openRun, openTrained, testParts } from '@ashlar/experiment'
import { type PlotFormat, writeReport, writeStoredReport } from '@ashlar/report'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { lookedAt, noticeAsked } from './looked-at.ts'
import { builtInPlugins } from './registry.ts'

/** What to report on, and where to. */
export interface ReportRequest {
  /** The run folder. */
  readonly path: string
  readonly overrides: readonly string[]
  /** The page; by default in the run folder. */
  readonly out?: string | undefined
  readonly plots?: readonly PlotFormat[] | undefined
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: boolean | undefined
}

/** Writes a run as one page. */
export async function reportRun(
  { path, overrides, out, plots, trust }: ReportRequest,
  output: Output,
): Promise<void> {
  const place = { path: out === undefined ? undefined : resolve(out), plots }
  const looked = await lookedAt({ path, overrides, trust, parts: testParts })
  if (looked !== undefined) {
    const run = await openRun(path)
    const files = await writeStoredReport(run, place)
    noticeAsked(formatPath(run.path), looked.asked, output)
    output.notice('the page shows what the run recorded')
    tell(run.path, files, output)
    return
  }
  const trained = await openTrained(path, { registry: builtInPlugins(), overrides, trust })
  tell(trained.run.path, await writeReport(trained, place), output)
  await trained.parts.dispose()
}

function tell(run: string, files: readonly string[], output: Output): void {
  for (const file of files) output.line(formatPath(file))
  output.result({ run, files })
}
