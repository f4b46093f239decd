import type { EpochLog } from '@ashlar/core'
import type { TaskResult, TrialTask } from '../trials/task.ts'

/** What a process of trials is asked. */
export type Request =
  | {
      readonly kind: 'perform'
      readonly folder: string
      readonly home?: string
      readonly task: TrialTask
    }
  /** To end after this step; what is under way is given back. */
  | { readonly kind: 'stop' }

/** What it answers. */
export type Answer =
  | { readonly kind: 'epoch'; readonly log: EpochLog }
  | { readonly kind: 'done'; readonly result: TaskResult }
