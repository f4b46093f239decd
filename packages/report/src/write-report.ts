import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeFileSafely } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { RunFolder, TrainedRun } from '@ashlar/experiment'
import { renderReport } from '@ashlar/ui'
import { gatherReport, gatherStored } from './gather.ts'
import { type PlotImage, standalone } from './plots/plot.ts'
import type { ReportData } from './report-data.ts'

/** What plots can be written as. */
export type PlotFormat = 'svg' | 'png'

/** Where a report goes, and what with it. */
export interface ReportOptions {
  /** The page; by default `report.html` in the run folder. */
  readonly path?: string | undefined
  /** Plots and the diagram of the model as files of their own, into `plots/` beside the page. PNG needs the package sharp. */
  readonly plots?: readonly PlotFormat[] | undefined
}

/** Pixels of PNG plots to one of SVG. */
const PNG_SCALE = 2

/**
 * Writes a run as one HTML page that needs no network: curves, judgement of the test split, mistakes, filters, model, verification,
 * experiment and provenance.
 *
 * @returns the files that were written, the page first.
 * @throws ConfigError when PNG is asked for and sharp is not installed.
 * @throws DataError when the disk refuses.
 * @example const [page] = await writeReport(await openTrained('runs/latest', { registry }))
 */
export async function writeReport(
  trained: TrainedRun,
  options: ReportOptions = {},
): Promise<string[]> {
  return write(trained.run, () => gatherReport(trained), options)
}

/**
 * Writes what a run recorded as a page, as {@link writeReport} does, without building its model or reading its data: for a run that came from somebody
 * else. There are no mistakes, filters and times then.
 *
 * @throws DataError when the run has no summary.
 */
export async function writeStoredReport(
  run: RunFolder,
  options: ReportOptions = {},
): Promise<string[]> {
  return write(run, () => gatherStored(run), options)
}

async function write(
  run: RunFolder,
  gather: () => Promise<ReportData>,
  { path = run.file('report.html'), plots: formats = [] }: ReportOptions,
): Promise<string[]> {
  // Asked for before the work is done.
  const writers = await Promise.all(formats.map(writerOf))
  const data = await gather()
  await mkdir(dirname(path), { recursive: true })
  const { view, curves, stored } = data
  // Those of the judgement are part of the page itself.
  const still = data.plots.filter(({ isJudgement }) => !isJudgement)
  await writeFileSafely(path, await renderReport({ view, curves, plots: still, stored }))
  const files = [path]
  const folder = join(dirname(path), 'plots')
  if (writers.length > 0) await mkdir(folder, { recursive: true })
  for (const [i, drawAs] of writers.entries()) {
    for (const plot of [...data.plots, ...(data.diagram ? [data.diagram] : [])]) {
      const file = join(folder, `${plot.name}.${formats[i]}`)
      await writeFileSafely(file, await drawAs(plot))
      files.push(file)
    }
  }
  return files
}

type PlotWriter = (plot: PlotImage) => Promise<string | Uint8Array> | string

async function writerOf(format: PlotFormat): Promise<PlotWriter> {
  if (format === 'svg') return standalone
  const sharp = await import('sharp').catch((cause: unknown) => {
    throw new ConfigError({
      where: 'report',
      expected: 'PNG plots need the package sharp',
      hint: 'npm install sharp, or take SVG.',
      cause,
    })
  })
  return (plot) =>
    sharp
      .default(Buffer.from(standalone(plot)), { density: 72 * PNG_SCALE })
      .png()
      .toBuffer()
}
