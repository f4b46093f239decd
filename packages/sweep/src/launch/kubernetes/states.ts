import type { V1Job, V1Pod } from '@kubernetes/client-node'
import type { JobState } from '../batched/cluster.ts'
import { BATCH_NOTE } from './job.ts'

/** Label by which a pod says which index of its Job it does. */
const INDEX_LABEL = 'batch.kubernetes.io/job-completion-index'

/** Label by which a pod says whose it is. */
const JOB_LABEL = 'batch.kubernetes.io/job-name'

/** Why a container waits that does not come to anything by itself. */
const STUCK = /^(ErrImage|ImagePull|ImageInspect|InvalidImage|CreateContainer|RunContainer)/

/** How all indexes of Jobs stand, and what their pods say. Jobs that are no Jobs of batches are passed over. */
export function statesOf(jobs: readonly V1Job[], pods: readonly V1Pod[]): JobState[] {
  const byIndex = podsByIndex(pods)
  return jobs.flatMap((job) => {
    const { name = '', annotations = {} } = job.metadata ?? {}
    const { completions = 1, suspend } = job.spec ?? {}
    const [completed, failed] = [
      readIndexes(job.status?.completedIndexes),
      readIndexes(job.status?.failedIndexes),
    ]
    const over = endOf(job)
    const batch = annotations[BATCH_NOTE] ?? ''
    return Array.from({ length: completions }, (_, index): JobState => {
      const pod = byIndex.get(`${name}/${index}`)
      const base = { job: name, index, batch }
      if (completed(index)) return { ...base, state: 'Complete', end: 'yes' }
      if (failed(index) || over !== undefined) {
        return { ...base, state: deathOf(pod) ?? over ?? 'Failed', end: 'yes' }
      }
      const reason = suspend ? `the Job ${name} is suspended` : pod && whyItWaits(pod)
      return { ...base, state: pod?.status?.phase ?? 'Pending', end: 'no', reason }
    })
  })
}

/** Reads `1,3-5,7`. */
export function readIndexes(text: string | undefined): (index: number) => boolean {
  const ranges = (text ?? '').split(',').flatMap((part) => {
    const found = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    return found === null ? [] : [[Number(found[1]), Number(found[2] ?? found[1])] as const]
  })
  return (index) => ranges.some(([low, high]) => low <= index && index <= high)
}

/** How a Job came to its end, with why. A Job of many indexes may be about to end: its pods are still there. */
function endOf({ status }: V1Job): string | undefined {
  const over = status?.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete'),
  )
  if (over === undefined) return undefined
  return [over.type, over.reason, over.message]
    .filter((each) => each !== undefined && each !== '')
    .join(': ')
}

/** The last pod of each index; one that ended is passed over for one that has not. */
function podsByIndex(pods: readonly V1Pod[]): Map<string, V1Pod> {
  const made = ({ metadata }: V1Pod) => new Date(metadata?.creationTimestamp ?? 0).getTime()
  const inOrder = [...pods].sort((a, b) => made(a) - made(b))
  return new Map(
    inOrder.flatMap((pod) => {
      const { labels = {}, annotations = {} } = pod.metadata ?? {}
      const index = labels[INDEX_LABEL] ?? annotations[INDEX_LABEL]
      return index === undefined ? [] : [[`${labels[JOB_LABEL]}/${index}`, pod] as const]
    }),
  )
}

/** How a pod's process died: `OOMKilled (exit code 137): what it printed last`. */
function deathOf(pod: V1Pod | undefined): string | undefined {
  if (pod?.status === undefined) return undefined
  const { containerStatuses = [], reason, message } = pod.status
  const ended = containerStatuses.flatMap(({ state }) => state?.terminated ?? [])[0]
  if (ended === undefined) return reason && [reason, message].filter(Boolean).join(': ')
  const last = (ended.message ?? '').trim().split('\n').slice(-3).join(' | ').slice(-500)
  const how = `${ended.reason ?? 'Error'} (exit code ${ended.exitCode})`
  return last === '' ? how : `${how}: ${last}`
}

/** Why a pod has not begun, if somebody should know. */
function whyItWaits({ status }: V1Pod): string | undefined {
  if (status?.phase !== 'Pending') return undefined
  const waiting = (status.containerStatuses ?? []).flatMap(({ state }) => state?.waiting ?? [])
  const stuck = waiting.find(({ reason }) => STUCK.test(reason ?? ''))
  if (stuck !== undefined) return [stuck.reason, stuck.message].filter(Boolean).join(': ')
  const placed = status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (placed?.status !== 'False') return undefined
  return [placed.reason, placed.message].filter(Boolean).join(': ')
}
