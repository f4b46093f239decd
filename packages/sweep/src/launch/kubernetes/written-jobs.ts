import { type Batch, readAnswer, readBatch } from '../../store/batch.ts'
import type { Cluster, JobState } from '../batched/cluster.ts'
import type { LaunchContext } from '../launcher.ts'
import { indexedJob, jobName } from './job.ts'
import { readJobs, removeJob, writeJob } from './job-file.ts'
import type { KubernetesOptions } from './options.ts'

/** Jobs that somebody else gives to a cluster: they are written down, and what comes of them is what their pods leave in the sweep's folder. */
export class WrittenJobs implements Cluster {
  readonly name = 'Kubernetes'
  readonly interval: number
  readonly largest: number
  readonly #context: LaunchContext
  readonly #options: KubernetesOptions
  readonly #batches = new Map<string, Batch>()

  constructor(context: LaunchContext, options: KubernetesOptions) {
    const { interval = 5, array = 1000 } = options
    this.interval = interval * 1000
    this.largest = array
    this.#context = context
    this.#options = options
  }

  async submit(batch: Batch): Promise<string> {
    const path = await writeJob(
      this.#context.folder,
      indexedJob(this.#context, batch, this.#options),
    )
    this.#context.notice(`Kubernetes: trials wait for kubectl apply -f ${quoted(path)}`)
    return jobName(this.#context, batch)
  }

  async look(): Promise<JobState[]> {
    const { folder } = this.#context
    const states: JobState[] = []
    for (const { name, batch: digest } of await readJobs(folder)) {
      const batch =
        this.#batches.get(digest) ?? (await readBatch(folder, digest).catch(() => undefined))
      // It has gone with the end of its sweep.
      if (batch === undefined) continue
      this.#batches.set(digest, batch)
      for (const index of batch.tasks.keys()) {
        const answer = await readAnswer(folder, batch, index)
        const isDone =
          answer !== undefined && (answer.status !== 'given-back' || answer.error !== undefined)
        const state = isDone ? 'Complete' : 'Written'
        states.push({ job: name, index, batch: digest, state, end: isDone ? 'yes' : 'no' })
      }
    }
    return states
  }

  async recall(): Promise<undefined> {
    return undefined
  }

  async cancel(jobs: readonly string[]): Promise<void> {
    const { namespace } = this.#options
    const where = namespace === undefined ? '' : ` --namespace ${namespace}`
    for (const job of jobs) {
      await removeJob(this.#context.folder, job)
      this.#context.notice(`Kubernetes: kubectl delete job ${job}${where} ends what was applied`)
    }
  }
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
