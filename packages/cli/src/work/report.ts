import { resolve } from 'node:path'
import { openTrained } from '@ashlar/core'
import { type PlotFormat, writeReport } from '@ashlar/report'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { builtInPlugins } from './registry.ts'

/** What to report on, and where to. */
export interface ReportRequest {
  /** The run folder. */
  readonly path: string
  readonly overrides: readonly string[]
  /** The page; by default in the run folder. */
  readonly out?: string | undefined
  readonly plots?: readonly PlotFormat[] | undefined
}

/** Writes a run as one page. */
export async function reportRun(
  { path, overrides, out, plots }: ReportRequest,
  output: Output,
): Promise<void> {
  const trained = await openTrained(path, { registry: builtInPlugins(), overrides })
  const files = await writeReport(trained, {
    path: out === undefined ? undefined : resolve(out),
    plots,
  })
  for (const file of files) output.line(formatPath(file))
  output.result({ run: trained.run.path, files })
  await trained.parts.dispose()
}
