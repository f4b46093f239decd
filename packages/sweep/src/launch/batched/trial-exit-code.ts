import type { TaskResult } from '../../trials/task.ts'

/** What a process that did a task of a batch answers: 75, the usual one for `try again`, if it was interrupted and can go on; 1 if nothing came of it. */
export function trialExitCode({ status, error }: TaskResult): 0 | 1 | 75 {
  if (status === 'given-back' && error === undefined) return 75
  return error === undefined ? 0 : 1
}
