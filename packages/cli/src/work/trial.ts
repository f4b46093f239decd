import { checkOutputs, type DatasetSamples, loadSamples } from '@ashlar/core'
import { buildExperiment, type ExperimentParts, type ResolvedExperiment } from '@ashlar/experiment'
import { resolveTarget, type TargetOptions } from './target.ts'

/** An experiment that is tried out: nothing of it is kept. */
export interface Trial extends ResolvedExperiment {
  readonly parts: ExperimentParts
  readonly samples: DatasetSamples
}

/** Builds an experiment and loads its data, for a training that leaves no run. */
export async function withTrial<T>(
  target: string,
  options: TargetOptions,
  work: (trial: Trial) => Promise<T>,
): Promise<T> {
  const resolved = await resolveTarget(target, options)
  const parts = await buildExperiment(resolved)
  try {
    checkOutputs('experiment', parts.model, parts.heads, parts.dataset.info)
    return await work({ ...resolved, parts, samples: await loadSamples(parts.dataset) })
  } finally {
    await parts.dispose()
  }
}
