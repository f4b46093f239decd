import type { Batch } from '../../store/batch.ts'

/** An engine of a cluster, which starts a process for each task of a batch. */
export interface Cluster {
  /** What people call it. */
  readonly name: string
  /** Milliseconds between two looks. */
  readonly interval: number
  /** Tasks of a batch, at most. */
  readonly largest: number
  /** Has a process started for each task of a batch. @returns the job's id. @throws ConfigError for what would be refused again; anything else when it cannot say now. */
  submit(batch: Batch): Promise<string>
  /** How all jobs of this sweep stand, those of an earlier process included. Throws when it cannot say now. */
  look(): Promise<readonly JobState[]>
  /** How one that `look` no longer tells of came to its end; undefined where nobody knows. */
  recall(job: string, index: number): Promise<JobState | undefined>
  /** Ends jobs, those that run by a signal that lets them leave their task in good order. */
  cancel(jobs: readonly string[]): Promise<void>
}

/** How a process stands that does a task. */
export interface JobState {
  readonly job: string
  /** Of its task in the batch. */
  readonly index: number
  /** Digest of its batch. */
  readonly batch: string
  /** In the engine's words: RUNNING, TIMEOUT, ... */
  readonly state: string
  /** Whether it has come to its end, and does not start again by itself; `cancelled` if somebody wished so. */
  readonly end: 'no' | 'yes' | 'cancelled'
  /** Why it waits, if somebody should know. */
  readonly reason?: string | undefined
}
