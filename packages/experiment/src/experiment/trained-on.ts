import type { TargetScale } from '@ashlar/core'
import { z } from 'zod'
import type { Experiment } from '../config/schema.ts'
import { readText } from '../runs/read-text.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import type { Trained } from './build.ts'
import { readDescription } from './description.ts'
import type { TrainedOn } from './design.ts'

const schema = z.object({
  version: z.literal(1),
  targetScale: z
    .object({ mean: z.array(z.number()).min(1), std: z.array(z.number().positive()).min(1) })
    .optional(),
})

/** Keeps what the data told the model of a run: its weights are right with that alone, and later versions may ask data for more. */
export async function writeTrainedOn(run: RunFolder, trained: TrainedOn): Promise<void> {
  await run.writeJson(runFiles.facts, { version: 1, ...trained })
}

/**
 * What the model of a run that goes on, or is used, was told of its data when it began. A run of an older version does not say all of it: such a model was told what those
 * versions asked data for, and nothing else.
 *
 * @returns undefined where that is still what the data at hand says.
 */
export async function readTrainedOn(
  run: RunFolder,
  experiment: Pick<Experiment, 'model' | 'dataset'>,
): Promise<Trained | undefined> {
  const description = await readDescription(run)
  const inputs = Object.keys(description?.encodings?.inputs ?? {})
  const facts = await readKept(run)
  const kept = description && { kept: description }
  if (facts !== undefined) return { inputs, targetScale: facts.targetScale, ...kept }
  if (kept !== undefined) return { inputs, targetScale: kept.kept.data.targetScale, ...kept }
  return wasScaled(experiment) ? undefined : { inputs, targetScale: undefined }
}

async function readKept(
  run: RunFolder,
): Promise<{ readonly targetScale?: TargetScale | undefined } | undefined> {
  try {
    return schema.parse(JSON.parse(await readText(run.file(runFiles.facts))))
  } catch {
    // None there, or none that says anything.
    return undefined
  }
}

/** Of which data and models a scale was derived before runs kept it: history, to which nothing is added. */
const SCALED: Readonly<Record<string, readonly string[]>> = { csv: ['mlp', 'table-network'] }

function wasScaled({ dataset, model }: Pick<Experiment, 'model' | 'dataset'>): boolean {
  return SCALED[dataset.name]?.includes(model.name) ?? false
}
