import type { Metrics } from '@ashlar/core'
import { storedNumber } from '@ashlar/experiment/runs'
import type { DataMap } from '@ashlar/plugins'
import { z } from 'zod'

/** What a machine must have to work on a task: by digest, so that it is the same thing. */
export interface Requirements {
  /** Modules of plugins that the experiment lists: as it names them, with the digest of their code. */
  readonly plugins: Readonly<Record<string, string>>
  /** Digest of the dataset's samples; left out where it was not asked for. */
  readonly data?: string | undefined
}

/** One piece of work: a trial, from where it is to the end of an epoch. */
export interface TrialTask {
  /** Identity of the trial. */
  readonly id: string
  /** The epochs that it is to have had when the work is done. */
  readonly until: number
  /** The whole experiment, resolved. */
  readonly config: DataMap
  /** What the sweep looks at. */
  readonly metric: string
  /** Threads of the engine: what the numbers of a trial depend on is the same everywhere. */
  readonly threads: number
  readonly requires: Requirements
  /** Times that it may be begun, crashes included. */
  readonly attempts: number
}

/** What a task came to. */
export interface TaskResult {
  readonly id: string
  readonly until: number
  /**
   * `reached`: it has had its epochs; `ended`: it is over before, as a callback of its own has ended it; `failed`: it cannot be done;
   * `given-back`: it was interrupted and can go on.
   */
  readonly status: 'reached' | 'ended' | 'failed' | 'given-back'
  /** Of the last epoch, and on the test split as `test_...` where it was tested. */
  readonly metrics: Metrics
  /** Which way the sweep's metric gets better. */
  readonly better?: 'higher' | 'lower' | undefined
  readonly epochs: number
  readonly steps: number
  readonly seconds: number
  readonly error?: TaskError | undefined
}

/** Why a task failed. */
export interface TaskError {
  readonly message: string
  /**
   * `configuration`: it would fail everywhere and again; `sweep`: so would every other trial; `crash`: it may go well another time; `machine`: this machine cannot, as its
   * disk is full; `lacks`: this machine has not got what the task needs. The last two are no fault of the trial, which goes to others.
   */
  readonly kind: TaskErrorKind
}

/** Whose fault it is. */
export type TaskErrorKind = (typeof ERROR_KINDS)[number]

const ERROR_KINDS = ['configuration', 'sweep', 'crash', 'machine', 'lacks'] as const

/** The identity of a trial, as it comes from a file or a queue. It names folders, so nothing else will do. */
export const trialIdSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{16}$/)

/** A result as files and queues hold it. */
export const taskResultSchema: z.ZodType<TaskResult> = z.object({
  id: trialIdSchema,
  until: z.number(),
  status: z.enum(['reached', 'ended', 'failed', 'given-back']),
  metrics: z.record(z.string(), storedNumber),
  better: z.enum(['higher', 'lower']).optional(),
  epochs: z.number(),
  steps: z.number(),
  seconds: z.number(),
  error: z.object({ message: z.string(), kind: z.enum(ERROR_KINDS) }).optional(),
})

/** A task as files and queues hold it. */
export const trialTaskSchema: z.ZodType<TrialTask> = z.object({
  id: trialIdSchema,
  until: z.int().positive(),
  config: z.record(z.string(), z.any()),
  metric: z.string(),
  threads: z.int().positive(),
  requires: z.object({ plugins: z.record(z.string(), z.string()), data: z.string().optional() }),
  attempts: z.int().positive(),
})

/** What a machine answers that cannot do a task now: it stays as far as it is. */
export function givenBack(
  { id, until }: Pick<TrialTask, 'id' | 'until'>,
  error?: TaskError,
): TaskResult {
  return {
    ...{ id, until, status: 'given-back', metrics: {}, epochs: 0, steps: 0, seconds: 0 },
    ...(error !== undefined && { error }),
  }
}

/** The name of a task within its sweep: another rung is another task. */
export function taskKey({ id, until }: Pick<TrialTask, 'id' | 'until'>): string {
  return `${id}-${until}`
}

/** A result for a task that could not be done. */
export function failedTask(
  { id, until }: Pick<TrialTask, 'id' | 'until'>,
  error: TaskError,
): TaskResult {
  return { id, until, status: 'failed', metrics: {}, epochs: 0, steps: 0, seconds: 0, error }
}
