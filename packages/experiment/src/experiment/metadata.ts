import { type Encodings, encodingMetadata, readMetadata, type TrainingPlan } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { z } from 'zod'
import type { Experiment } from '../config/schema.ts'
import type { RunSummary } from '../runs/run-summary.ts'

/**
 * What an exported file says of where it comes from, as text by key: the experiment as JSON (without the folders of this
 * machine), how raw data becomes samples and what outputs mean, seed, dataset digest, metrics, versions. Nothing in it depends on the time or place of the run.
 */
export function exportMetadata(
  experiment: Experiment,
  summary: Pick<RunSummary, 'dataset' | 'test' | 'environment' | 'earlier'>,
  encodings: Encodings = {},
): Record<string, string> {
  const { folder: _, out: __, ...config } = experiment
  return {
    'ashlar.experiment': JSON.stringify(config),
    'ashlar.seed': String(experiment.seed),
    'ashlar.dataset': summary.dataset.name,
    'ashlar.dataset_digest': summary.dataset.digest,
    ...(summary.test && { 'ashlar.metrics': JSON.stringify(summary.test) }),
    ...(summary.earlier && { 'ashlar.earlier': JSON.stringify(summary.earlier) }),
    ...encodingMetadata(encodings),
    'ashlar.versions': JSON.stringify(summary.environment.packages),
  }
}

/** What {@link exportMetadata} wrote, read back. */
export interface CarriedExperiment {
  /** Unchecked: for `resolveExperiment`. */
  readonly experiment: Readonly<Record<string, unknown>>
  readonly dataset?: string | undefined
  /** Digest of the data. */
  readonly digest?: string | undefined
  /** On the test split; empty where it was not tested. */
  readonly metrics: Readonly<Record<string, number>>
  /** What the run was meant to be before it went on with other epochs; empty for one that always was as it is. */
  readonly earlier: readonly TrainingPlan[]
  /** Versions of the packages that computed, by name. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * The experiment that an exported file carries.
 *
 * @param where names the file in errors.
 * @throws DataError when it carries none, or one that is damaged.
 */
export function readExportMetadata(
  metadata: ReadonlyMap<string, string>,
  where: string,
): CarriedExperiment {
  const text = metadata.get('ashlar.experiment')
  if (text === undefined) {
    throw new DataError({
      where,
      expected: 'the file must carry its experiment, in the metadata `ashlar.experiment`',
      hint: 'Files that ashlar run and ashlar export write do; those of other programs do not.',
    })
  }
  const read = <T>(key: string, schema: z.ZodType<T>, otherwise: T): T =>
    readMetadata(metadata, key, schema, where) ?? otherwise
  return {
    experiment: read('ashlar.experiment', z.record(z.string(), z.unknown()), {}),
    dataset: metadata.get('ashlar.dataset'),
    digest: metadata.get('ashlar.dataset_digest'),
    metrics: read(
      'ashlar.metrics',
      z.record(
        z.string(),
        z
          .number()
          .nullable()
          .transform((value) => value ?? Number.NaN),
      ),
      {},
    ),
    earlier: read('ashlar.earlier', z.array(z.object({ epochs: z.int(), steps: z.int() })), []),
    versions: read('ashlar.versions', z.record(z.string(), z.string()), {}),
  }
}
