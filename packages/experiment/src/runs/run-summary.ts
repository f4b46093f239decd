import type { History, Metrics, TrainingPlan } from '@ashlar/core'
import { z } from 'zod'
import type { Environment } from './environment.ts'
import type { KeptLeftOut } from './left-out.ts'
import type { SourceState } from './source-state.ts'
import { storedNumber } from './stored-number.ts'

/** What a run came to, as `summary.json` holds it. */
export interface RunSummary {
  readonly name: string
  readonly outcome: History['outcome']
  /** Why it stopped or failed. */
  readonly reason?: string | undefined
  /** ISO 8601. */
  readonly began: string
  readonly seed: number
  readonly engine: string
  readonly dataset: { readonly name: string; readonly digest: string } & KeptLeftOut
  readonly parameters: number
  readonly samples: number
  readonly steps: number
  readonly seconds: number
  /** Training samples per second, preparations included. */
  readonly samplesPerSecond: number
  /**
   * Where it went on with other epochs than it began with: what it was meant to be before, and until which step. Schedules went by that, so that a run of these
   * epochs from the start would be another.
   */
  readonly earlier?: readonly TrainingPlan[] | undefined
  /** Of the last epoch, validation included. */
  readonly training: Metrics
  /** On the test split; left out when training was stopped or failed. */
  readonly test?: Metrics | undefined
  readonly environment: Environment
  /** The git commit that the experiment lay in, where it lay in one. */
  readonly source?: SourceState | undefined
  /** Of a cross-validation: what each fold came to. Then `training` and `test` are means, `samples`, `steps` and `seconds` sums. */
  readonly folds?: readonly FoldSummary[] | undefined
  /** Standard deviations over the folds, where there are two or more. */
  readonly deviation?: { readonly training: Metrics; readonly test: Metrics } | undefined
}

/** One fold of a cross-validation. */
export interface FoldSummary extends Pick<RunSummary, 'outcome' | 'reason' | 'training' | 'test'> {
  /** The part that it validates with. */
  readonly index: number
  /** Its run folder, in that of the whole. */
  readonly run: string
}

const metrics = z.record(z.string(), storedNumber)
const outcome = z.enum(['finished', 'stopped', 'failed'])
const training = metrics.default({})
const test = metrics.optional()
const reason = z.string().optional()

// Of a later version there may be more.
const schema = z.looseObject({
  name: z.string(),
  outcome,
  reason,
  began: z.string(),
  seed: z.number(),
  engine: z.string(),
  dataset: z.object({ name: z.string(), digest: z.string() }),
  parameters: storedNumber,
  samples: storedNumber,
  steps: storedNumber,
  seconds: storedNumber,
  samplesPerSecond: storedNumber,
  training,
  test,
  environment: z.object({
    node: z.string(),
    system: z.string(),
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    packages: z.record(z.string(), z.string()),
  }),
  source: z
    .object({ commit: z.string(), branch: z.string().optional(), changes: z.array(z.string()) })
    .optional(),
  folds: z
    .array(z.object({ index: z.int(), run: z.string(), outcome, reason, training, test }))
    .optional(),
  deviation: z.object({ training, test: training }).optional(),
})

const partial = schema.partial()

/**
 * A summary from the text of `summary.json`, which may come from anybody.
 *
 * @throws Error that says what is wrong with it.
 */
export function parseSummary(text: string): RunSummary {
  return schema.parse(JSON.parse(text))
}

/** What a summary says, as far as it says it: that of an older version lacks some. */
export function parsePartialSummary(text: string): Partial<RunSummary> {
  return partial.parse(JSON.parse(text)) as Partial<RunSummary>
}
