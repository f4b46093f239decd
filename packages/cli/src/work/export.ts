import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DatasetSamples } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import {
  type Experiment,
  type ExperimentParts,
  encodingsOf,
  exportMetadata,
  loadAsTrained,
  openTrained,
  type RunFolder,
  type RunSummary,
  readDescription,
  runFiles,
} from '@ashlar/experiment'
import { offerTensorflow } from '@ashlar/native'
import { formatBytes, formatMetric, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { exportGenerator, type GeneratorFile } from './generator-file.ts'
import { describeLeftOut } from './left-out.ts'
import { builtInPlugins } from './registry.ts'
import { describeFile, describeVerification } from './verification.ts'
import { checkWaysOut, takeWaysOut, type WaysOut } from './ways-out.ts'

/** The file that a run has once it was exported. */
export const EXPORTED: string = runFiles.verification

/** A file that was written and verified. */
export interface Exported {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  /** What the exporter says of it. */
  readonly report: unknown
  /** The file of a language model that goes on token by token; undefined for other models. */
  readonly generator?: GeneratorFile | undefined
}

/** What an export needs: a trained model and where it comes from. */
export interface ExportSource {
  readonly experiment: Experiment
  readonly run: RunFolder
  readonly summary: RunSummary
  readonly parts: ExperimentParts
  readonly samples: DatasetSamples
}

/**
 * Exports a trained model, by default into its run folder, where the report goes as well.
 *
 * @throws ExportError when the file does not equal the model.
 */
export async function exportTrained(source: ExportSource, file?: string): Promise<Exported> {
  const { experiment, run, summary, parts, samples } = source
  const { model, exporter } = parts
  if (exporter === undefined) {
    throw new ConfigError({
      where: 'experiment.export',
      expected: 'an exporter must be registered; none of the plugins is one',
    })
  }
  const path = file === undefined ? run.file(`model.${exporter.name}`) : resolve(file)
  await mkdir(dirname(path), { recursive: true })
  // Where it is there, it is what the file is held against.
  await offerTensorflow()
  const { encodings } = (await readDescription(run)) ?? {}
  const metadata = exportMetadata(experiment, summary, encodings ?? encodingsOf(parts, samples))
  const report = await model.export(path, exporter, { metadata, samples: samples.test })
  await run.writeJson(runFiles.verification, report)
  const generator = await exportGenerator(source, metadata)
  return { path, bytes: (await stat(path)).size, report, ...(generator && { generator }) }
}

/** What to export, and how. */
export interface ExportRequest {
  /** The run folder. */
  readonly path: string
  readonly overrides: readonly string[]
  /** The file to write; by default one in the run folder. */
  readonly file: string | undefined
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: boolean | undefined
  /** Where else the file goes. */
  readonly ways: WaysOut
}

/** Exports the model of a run. */
export async function exportRun(request: ExportRequest, output: Output): Promise<void> {
  const { path, overrides, file, ways, trust } = request
  checkWaysOut(ways)
  const trained = await openTrained(path, { registry: builtInPlugins(), overrides, trust })
  const samples = await loadAsTrained(trained.run, trained.parts.dataset)
  const exported = await exportTrained({ ...trained, samples }, file)
  describeExport(exported, output)
  describeLeftOut(samples.leftOut, output)
  const deployed = await takeWaysOut(ways, { ...trained, report: exported.report }, output)
  output.result({ run: trained.run.path, export: exported, ...deployed })
  await trained.parts.dispose()
}

/** What was written, for people. */
export function describeExport({ path, bytes, report, generator }: Exported, output: Output): void {
  const facts = [formatBytes(bytes), ...describeFile(report)].join(', ')
  output.line(`model     ${formatPath(path)} (${facts})`)
  for (const line of describeVerification(report)) output.line(`verified  ${line}`)
  if (generator === undefined) return
  const apart = formatMetric(generator.largestDifference)
  output.line(
    `generate  ${formatPath(generator.path)} (${formatBytes(generator.bytes)}, token by token; equal to the model within ${apart})`,
  )
}
