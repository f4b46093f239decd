import type { Kept } from './job-control.ts'

/** The Job as the API shows it. */
export function shownJob({ job, completed, failed, deleted, pods }: Kept): object {
  const count = completed.size + failed.size
  const isOver = count >= job.spec.completions
  const alive = pods.filter(({ code }) => code === undefined).length
  const type = failed.size > 0 ? 'Failed' : 'Complete'
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...job,
    metadata: { ...job.metadata, ...(deleted !== undefined && { deletionTimestamp: deleted }) },
    status: {
      active: alive,
      ...(completed.size > 0 && { completedIndexes: indexes(completed) }),
      ...(failed.size > 0 && { failedIndexes: indexes(failed) }),
      ...(isOver && { conditions: [{ type, status: 'True' }] }),
    },
  }
}

/** `1,3-5,7`: three or more in a row are given by their first and last. */
function indexes(of: ReadonlySet<number>): string {
  const runs: number[][] = []
  for (const index of [...of].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && run.at(-1) === index - 1) run.push(index)
    else runs.push([index])
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(','))).join(',')
}

/** The pods of a Job as the API shows them. @param unschedulable why none is placed. */
export function shownPods(
  { job, pods, completed, failed }: Kept,
  unschedulable?: string,
): object[] {
  const labels = { ...job.metadata.labels, 'batch.kubernetes.io/job-name': job.metadata.name }
  const label = (index: number) => ({
    ...{ ...labels, 'batch.kubernetes.io/job-completion-index': String(index) },
  })
  const there = pods.map(({ name, index, made, code, reason, printed }) => ({
    metadata: { name, creationTimestamp: made, labels: label(index) },
    status: {
      phase: code === undefined ? 'Running' : code === 0 ? 'Succeeded' : 'Failed',
      ...(code !== undefined && {
        containerStatuses: [
          {
            ...{ name: 'trial', image: '', imageID: '', ready: false, restartCount: 0 },
            state: { terminated: { exitCode: code, reason, message: printed } },
          },
        ],
      }),
    },
  }))
  if (unschedulable === undefined) return there
  const known = new Set([...completed, ...failed])
  const waiting = Array.from({ length: job.spec.completions }, (_, index) => index).filter(
    (index) => !known.has(index),
  )
  const status = {
    phase: 'Pending',
    conditions: [
      {
        ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
        message: unschedulable,
      },
    ],
  }
  return waiting.map((index) => ({
    metadata: {
      name: `waits-${index}`,
      creationTimestamp: new Date().toISOString(),
      labels: label(index),
    },
    status,
  }))
}
