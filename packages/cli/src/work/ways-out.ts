import { resolve } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError } from '@ashlar/errors'
import type { Experiment, ExperimentParts } from '@ashlar/experiment'
import {
  type ExportReport,
  kserveManifest,
  type TritonVersion,
  writeTritonRepository,
} from '@ashlar/export'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** Where an exported file goes besides the run folder. */
export interface WaysOut {
  /** What servers call the model; by default the experiment's name. */
  readonly name?: string | undefined
  /** Folder of a repository in Triton's layout. */
  readonly triton?: string | undefined
  /** File of an InferenceService. */
  readonly kserve?: string | undefined
  /** Where a cluster finds the repository. */
  readonly storageUri?: string | undefined
}

/** What was written. */
export interface Deployed {
  readonly triton?: TritonVersion
  /** Path of the manifest. */
  readonly kserve?: string
}

/** What is known of the exported model. */
interface ExportedModel {
  readonly experiment: Experiment
  readonly parts: Pick<ExperimentParts, 'dataset'>
  readonly report: unknown
}

/**
 * Refuses what cannot be done, before the work of an export.
 *
 * @throws ConfigError when a manifest has no storage to point to, or storage no manifest that names it.
 */
export function checkWaysOut({ kserve, storageUri }: WaysOut): void {
  if ((kserve === undefined) === (storageUri === undefined)) return
  throw new ConfigError({
    where: 'ashlar export',
    expected:
      kserve === undefined
        ? '--storage-uri must come with --kserve FILE'
        : '--kserve must come with --storage-uri URI',
    hint: 'The manifest names the place from which the cluster takes the folder that --triton wrote, such as s3://bucket/models.',
  })
}

/**
 * Writes an exported model for other servers.
 *
 * @throws ConfigError for a format or name that they do not take.
 */
export async function takeWaysOut(
  ways: WaysOut,
  exported: ExportedModel,
  output: Output,
): Promise<Deployed> {
  const name = ways.name ?? exported.experiment.name
  const deployed: { triton?: TritonVersion; kserve?: string } = {}
  if (ways.triton !== undefined) {
    const { path, inputs, outputs } = fileOf(exported.report)
    deployed.triton = await writeTritonRepository(resolve(ways.triton), {
      name,
      file: path,
      inputs,
      outputs,
      labels: labelsOf(exported, outputs),
    })
    const { folder, version } = deployed.triton
    output.line(`triton    ${formatPath(folder)} (version ${version})`)
  }
  if (ways.kserve !== undefined && ways.storageUri !== undefined) {
    deployed.kserve = resolve(ways.kserve)
    const manifest = kserveManifest({ name, storageUri: ways.storageUri })
    await writeFileSafely(deployed.kserve, manifest)
    output.line(`kserve    ${formatPath(deployed.kserve)}`)
  }
  return deployed
}

function fileOf(report: unknown): ExportReport['file'] & { readonly path: string } {
  const { format, file } = report as Partial<ExportReport>
  if (format === 'onnx' && file?.path !== undefined) return { ...file, path: file.path }
  throw new ConfigError({
    where: 'ashlar export --triton',
    expected: 'the experiment must be exported as ONNX',
    given: format ?? 'another format',
    hint: 'Add export=onnx.',
  })
}

/** Names of the classes, where the one output of numbers has one for each. */
function labelsOf(
  { parts }: ExportedModel,
  outputs: ExportReport['file']['outputs'],
): readonly string[] | undefined {
  const { classes } = parts.dataset.info
  // What says a class in words stands beside its numbers.
  const [numbers, ...others] = outputs.filter(({ dtype }) => dtype !== 'string')
  const isPerClass = others.length === 0 && numbers?.shape.at(-1) === classes.length
  return isPerClass && classes.length > 0 ? classes : undefined
}
