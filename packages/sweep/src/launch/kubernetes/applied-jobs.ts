import type { Batch } from '../../store/batch.ts'
import type { Cluster, JobState } from '../batched/cluster.ts'
import type { LaunchContext } from '../launcher.ts'
import type { KubernetesClient } from './client.ts'
import { indexedJob, jobName, sweepLabel } from './job.ts'
import { writeJob } from './job-file.ts'
import type { KubernetesOptions } from './options.ts'
import { statesOf } from './states.ts'

/** Jobs that this program makes in a cluster; each is written down as well. */
export class AppliedJobs implements Cluster {
  readonly name = 'Kubernetes'
  readonly interval: number
  readonly largest: number
  readonly #context: LaunchContext
  readonly #options: KubernetesOptions
  readonly #client: KubernetesClient
  readonly #label: string
  /** Whether a Job had come to its end when it was seen last. */
  readonly #over = new Map<string, boolean>()

  constructor(context: LaunchContext, options: KubernetesOptions, client: KubernetesClient) {
    const { interval = 5, array = 1000 } = options
    this.interval = interval * 1000
    this.largest = array
    this.#context = context
    this.#options = { ...options, namespace: client.namespace }
    this.#client = client
    this.#label = sweepLabel(context)
  }

  async submit(batch: Batch): Promise<string> {
    const job = indexedJob(this.#context, batch, this.#options)
    await writeJob(this.#context.folder, job)
    await this.#client.create(job)
    return jobName(this.#context, batch)
  }

  async look(): Promise<JobState[]> {
    const jobs = await this.#client.jobs(this.#label)
    const states = statesOf(jobs, jobs.length > 0 ? await this.#client.pods(this.#label) : [])
    for (const { metadata } of jobs) this.#over.set(metadata!.name!, true)
    for (const { job, end } of states) if (end === 'no') this.#over.set(job, false)
    return states
  }

  /** A Job that has not come to its end goes only where somebody deletes it. */
  async recall(job: string, index: number): Promise<JobState | undefined> {
    if (this.#over.get(job) !== false) return undefined
    return { job, index, batch: '', state: 'deleted', end: 'cancelled' }
  }

  async cancel(jobs: readonly string[]): Promise<void> {
    for (const job of jobs) await this.#client.remove(job)
  }
}
