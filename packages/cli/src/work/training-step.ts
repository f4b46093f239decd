import { batchCount, type DatasetSamples } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { TrainedRun } from '@ashlar/experiment'
import { type WrittenTrainingStep, writeTrainingStep } from '@ashlar/export'
import { formatCount, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** What the command line says of a training step. */
export interface StepRequest {
  /** Where it goes; undefined for none. */
  readonly folder?: string | undefined
  readonly split?: boolean | undefined
  /** Parts of a batch where the step is split. */
  readonly parts?: number | undefined
}

/** @throws ConfigError for options of a step without one. */
export function checkStep({ folder, split, parts }: StepRequest = {}): void {
  const alone = folder === undefined ? (split ? '--split' : parts && '--parts') : undefined
  if (alone) {
    throw new ConfigError({
      where: alone,
      expected: 'it is about a training step: give --training-step DIR with it',
    })
  }
  if (parts !== undefined && !split) {
    throw new ConfigError({ where: '--parts', expected: 'it must come with --split' })
  }
}

/** Steps of a schedule that are written down. */
const MOST_STEPS = 10_000

/** Writes the training step of a run, and says what to do with it. */
export async function writeStep(
  { folder, split, parts = 2 }: StepRequest = {},
  { parts: made, experiment, samples }: TrainedRun & { readonly samples: DatasetSamples },
  output: Output,
): Promise<WrittenTrainingStep | undefined> {
  if (folder === undefined) return undefined
  // What serves pages is loaded for the step that has one.
  const { webRuntimeFiles } = await import('@ashlar/page')
  const { batchSize, accumulate, classWeights, epochs } = experiment
  if (accumulate > 1) {
    throw new ConfigError({
      where: 'experiment.accumulate',
      expected: 'a training step as a file makes an update of each batch',
      given: accumulate,
      hint: `Override it: accumulate=1 batchSize=${batchSize * accumulate}`,
    })
  }
  const written = await writeTrainingStep(made.model, samples.train, folder, {
    ...{ batchSize, classWeights },
    augmentations: made.augmentations,
    parts: split ? parts : undefined,
    steps: Math.min(MOST_STEPS, epochs * batchCount(samples.train, batchSize)),
    web: webRuntimeFiles(),
    metadata: { 'ashlar.experiment.name': experiment.name },
  })
  const where = formatPath(written.folder)
  output.line(
    `step      ${where} (batches of ${batchSize}, ${formatCount(written.numbers)} numbers of state, ${written.nodes} nodes)`,
  )
  output.line(
    `          python ${where}/train.py, node ${where}/train.mjs, or train.html in a browser`,
  )
  if (split) {
    output.line(
      `          torchrun --nproc-per-node ${parts} ${where}/train_ddp.py, each with ${written.partSize} rows of a batch`,
    )
  }
  return written
}
