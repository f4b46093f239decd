import type { Experiment } from './schema.ts'
import type { RunSummary } from './train.ts'

/**
 * What an exported file says of where it comes from, as text by key: the experiment as JSON (without the folders of this
 * machine), seed, dataset digest, metrics, versions. Nothing in it depends on the time or place of the run.
 */
export function exportMetadata(
  experiment: Experiment,
  summary: Pick<RunSummary, 'dataset' | 'test' | 'environment'>,
): Record<string, string> {
  const { folder: _, out: __, ...config } = experiment
  return {
    'ashlar.experiment': JSON.stringify(config),
    'ashlar.seed': String(experiment.seed),
    'ashlar.dataset': summary.dataset.name,
    'ashlar.dataset_digest': summary.dataset.digest,
    ...(summary.test && { 'ashlar.metrics': JSON.stringify(summary.test) }),
    'ashlar.versions': JSON.stringify(summary.environment.packages),
  }
}
