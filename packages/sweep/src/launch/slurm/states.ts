import type { JobState } from '../batched/cluster.ts'

/** States of a job that has come to its end. In all others it waits, runs, is about to end, or starts again by itself. */
const OVER = new Set([
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'LAUNCH_FAILED'],
  ...['NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'RECONFIG_FAIL', 'REVOKED', 'TIMEOUT'],
])

/** Why a job waits that only has to wait its turn. */
const USUAL = new Set([
  ...['None', 'Priority', 'Resources', 'BeginTime', 'JobArrayTaskLimit', 'Cleaning', 'Prolog'],
  ...['NonZeroExitCode', 'SystemFailure', 'RaisedSignal'],
])

/** What `squeue` is asked to print of each task of an array: id, state, reason, and the comment, which is the batch. */
export const SQUEUE_FORMAT = '%i|%T|%k|%r'

/** Reads what `squeue --array --noheader --format={@link SQUEUE_FORMAT}` prints. What is no task of an array is passed over. */
export function readSqueue(text: string): JobState[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state = '', batch = '', ...reason] = line.trim().split('|')
    const found = /^(\d+)_(\d+)$/.exec(id)
    if (found === null || state === '') return []
    const why = reason.join('|')
    const waits = state === 'PENDING' && !USUAL.has(why)
    return {
      ...{ job: found[1]!, index: Number(found[2]), batch },
      ...ending(state),
      ...(waits && { reason: why }),
    }
  })
}

/** Reads what `sacct --noheader --parsable2 --allocations --format=JobID,State` prints: the last line of a task, should it have run more than once. Of one that accounts have not heard of yet, as they lag behind, nothing has ended. */
export function readSacct(text: string, job: string, index: number): JobState {
  const states = text.split('\n').flatMap((line) => {
    const [id, state = ''] = line.trim().split('|')
    return id === `${job}_${index}` && state !== '' ? state : []
  })
  return { job, index, batch: '', ...ending(states.at(-1) ?? 'UNKNOWN') }
}

/** `CANCELLED by 1000` is one word of it. */
function ending(given: string): Pick<JobState, 'state' | 'end'> {
  const state = given.split(' ')[0]!
  if (state === 'CANCELLED') return { state, end: 'cancelled' }
  return { state, end: OVER.has(state) ? 'yes' : 'no' }
}
