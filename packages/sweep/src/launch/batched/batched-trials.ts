import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '@ashlar/errors'
import { readText } from '@ashlar/experiment/runs'
import { noteCrash } from '../../store/attempt.ts'
import { type Batch, printedFile, readAnswer, readBatch, writeBatch } from '../../store/batch.ts'
import { digestOf } from '../../trials/digest.ts'
import {
  failedTask,
  givenBack,
  type TaskResult,
  type TrialTask,
  taskKey,
} from '../../trials/task.ts'
import type { LaunchContext, Launched, Listener } from '../launcher.ts'
import type { Cluster, JobState } from './cluster.ts'

/** A task that a cluster is to have. */
interface Waiting {
  readonly task: TrialTask
  readonly listener: Listener
  /** Processes that ended and left no word. */
  readonly silent: number
}

/** A task that a cluster has. */
interface Outstanding extends Waiting {
  readonly batch: Batch
  readonly index: number
  readonly job: string
  /** Looks in a row that found the process gone. */
  gone: number
}

/** A process that an earlier sweep process has had started. */
type Left = Pick<Outstanding, 'batch' | 'index' | 'job'>

/** Looks that must find a process gone: a shared folder may be a moment behind. */
const SURE = 2

/** Looks for which a cluster's accounts may still have a process at work that is gone. Some never hear of its end. */
const LATE = 24

/** Times that a cluster is asked to end what is left, when the sweep is over. */
const GOODBYES = 10

/** Characters of what a process printed last. */
const PRINTED = 500

/**
 * Trials by way of a cluster's own engine: each batch of tasks is one job of many processes, `ashlar trial --batch DIGEST --index N`. What came of a task is what its process wrote
 * into the sweep's folder; the engine is asked only whether there is still somebody to do so. One that ended without a word is begun again, from its checkpoint.
 */
export class BatchedTrials implements Launched {
  readonly capacity: number
  readonly threads: number
  readonly #cluster: Cluster
  readonly #context: LaunchContext
  /** By task. */
  readonly #outstanding = new Map<string, Outstanding>()
  /** By task: processes of an earlier sweep process, which go on with it. */
  readonly #left = new Map<string, Left>()
  /** Tasks that no job has been made of yet: the cluster may not answer just now. */
  readonly #waiting: Waiting[] = []
  /** All jobs that this process has made, or gone on with. */
  readonly #own = new Set<string>()
  readonly #told = new Set<string>()
  #looking: Promise<void> | undefined
  #isStopping = false

  constructor(cluster: Cluster, context: LaunchContext, capacity: number) {
    this.#cluster = cluster
    this.#context = context
    this.capacity = capacity
    this.threads = context.threads ?? 1
  }

  /** Finds what an earlier process of this sweep has left behind. @throws what the cluster says when it cannot be used. */
  async open(): Promise<this> {
    const { folder } = this.#context
    const batches = new Map<string, Batch | undefined>()
    const strays = new Set<string>()
    for (const { job, index, batch: digest, end } of await this.#cluster.look()) {
      if (end !== 'no') continue
      if (!batches.has(digest)) {
        batches.set(digest, await readBatch(folder, digest).catch(() => undefined))
      }
      const batch = batches.get(digest)
      const task = batch?.tasks[index]
      if (batch === undefined || task === undefined) strays.add(job)
      else this.#left.set(taskKey(task), { batch, index, job })
    }
    if (strays.size > 0) await this.#cluster.cancel([...strays])
    return this
  }

  async start(tasks: readonly TrialTask[], listener: Listener): Promise<void> {
    if (this.#isStopping) {
      for (const task of tasks) listener.ended(givenBack(task))
      return
    }
    for (const task of tasks) {
      const key = taskKey(task)
      const left = this.#left.get(key)
      if (left === undefined || digestOf(left.batch.tasks[left.index]) !== digestOf(task)) {
        this.#waiting.push({ task, listener, silent: 0 })
        continue
      }
      this.#left.delete(key)
      this.#own.add(left.job)
      this.#outstanding.set(key, { ...left, task, listener, silent: 0, gone: 0 })
    }
    await this.#submit().catch((error: unknown) => {
      // What is refused is refused again.
      if (error instanceof ConfigError) throw error
      this.#askedAgain(error)
    })
    this.#looking ??= this.#look()
  }

  /** Makes jobs of what waits. @throws what the cluster says; what no job could be made of waits on. */
  async #submit(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isStopping) {
      const given = this.#waiting.splice(0, this.#cluster.largest)
      try {
        await this.#submitBatch(given)
      } catch (error) {
        this.#waiting.unshift(...given)
        throw error
      }
    }
  }

  async #submitBatch(given: readonly Waiting[]): Promise<void> {
    const batch = await writeBatch(
      this.#context.folder,
      given.map(({ task }) => task),
    )
    const job = await this.#cluster.submit(batch)
    this.#own.add(job)
    given.forEach((each, index) => {
      this.#outstanding.set(taskKey(each.task), { ...each, batch, index, job, gone: 0 })
    })
    // Stopped meanwhile: nobody has ended this one yet.
    if (this.#isStopping) await this.#cancel([job])
  }

  async #look(): Promise<void> {
    while (this.#outstanding.size + this.#waiting.length > 0) {
      await sleep(this.#cluster.interval)
      if (this.#isStopping) this.#giveBackWaiting()
      try {
        await this.#readAnswers()
        if (this.#outstanding.size > 0) await this.#lookAtJobs()
        await this.#submit()
      } catch (error) {
        // What runs there goes on meanwhile.
        this.#askedAgain(error)
      }
    }
    this.#looking = undefined
  }

  #giveBackWaiting(): void {
    for (const { task, listener } of this.#waiting.splice(0)) listener.ended(givenBack(task))
  }

  /** What is done needs nobody any more. */
  async #readAnswers(): Promise<void> {
    for (const [key, { batch, index, listener }] of [...this.#outstanding]) {
      const answer = await readAnswer(this.#context.folder, batch, index)
      if (answer === undefined || answer.status === 'given-back') continue
      this.#end(key, answer, listener)
    }
  }

  async #lookAtJobs(): Promise<void> {
    const states = new Map(
      (await this.#cluster.look()).map((each) => [`${each.job}_${each.index}`, each]),
    )
    for (const [key, each] of [...this.#outstanding]) {
      const state = states.get(`${each.job}_${each.index}`)
      if (state?.end === 'no') {
        each.gone = 0
        if (state.reason !== undefined) {
          this.#notice(`${this.#cluster.name}: trials wait: ${state.reason}`)
        }
      } else if (++each.gone >= SURE) {
        const ended = state ?? (await this.#cluster.recall(each.job, each.index))
        if (ended?.end === 'no' && each.gone < LATE && !this.#isStopping) continue
        const next = await this.#ended(key, each, ended)
        if (next === undefined) continue
        this.#outstanding.delete(key)
        this.#waiting.push(next)
      }
    }
    if (this.#isStopping) await this.#cancel(this.#jobs())
  }

  /** What becomes of a task whose process is gone. @returns it if it is to be begun again. */
  async #ended(
    key: string,
    each: Outstanding,
    ended: JobState | undefined,
  ): Promise<Waiting | undefined> {
    const { task, batch, index, listener, job } = each
    const { folder } = this.#context
    const answer = await readAnswer(folder, batch, index)
    if (answer !== undefined && (answer.status !== 'given-back' || answer.error !== undefined)) {
      this.#end(key, answer, listener)
      return undefined
    }
    if (this.#isStopping) {
      this.#end(key, givenBack(task), listener)
      return undefined
    }
    const where = `${this.#cluster.name} job ${job}_${index}`
    if (ended?.end === 'cancelled') {
      const message = `${where} was cancelled by somebody`
      this.#end(key, givenBack(task, { message, kind: 'machine' }), listener)
      return undefined
    }
    // Left in good order, as its time was up: no attempt is lost.
    if (answer !== undefined) return { task, listener, silent: each.silent }
    const silent = each.silent + 1
    const said = await this.#printed(batch, index)
    const death = `${where} ended as ${ended?.state ?? 'nobody knows what'}${said}`
    await noteCrash(folder, task.id, death).catch(() => undefined)
    if (silent < task.attempts) return { task, listener, silent }
    const message = `given up after ${task.attempts} attempts: ${death}`
    this.#end(key, failedTask(task, { message, kind: 'crash' }), listener)
    return undefined
  }

  async #printed(batch: Batch, index: number): Promise<string> {
    const path = printedFile(this.#context.folder, batch.digest, index)
    const text = await readText(path).catch(() => '')
    const last = text.trim().split('\n').slice(-3).join(' | ').slice(-PRINTED)
    return last === '' ? '' : `: ${last}`
  }

  #end(key: string, result: TaskResult, { ended }: Listener): void {
    this.#outstanding.delete(key)
    ended(result)
  }

  #jobs(): string[] {
    const all = [...this.#outstanding.values(), ...this.#left.values()]
    return [...new Set(all.map(({ job }) => job))]
  }

  async #cancel(jobs: readonly string[]): Promise<void> {
    if (jobs.length === 0) return
    await this.#cluster.cancel(jobs).catch((error: unknown) => this.#askedAgain(error))
  }

  #askedAgain(error: unknown): void {
    this.#notice(`${this.#cluster.name}: ${(error as Error).message}; it is asked again`)
  }

  /** Once is enough. */
  #notice(text: string): void {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#context.notice(text)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#cancel(this.#jobs())
  }

  /** Ends what nobody asked for again, and waits until processes are gone: they still print into the sweep's folder. */
  async end(): Promise<void> {
    this.#isStopping = true
    await this.#looking
    const unwanted = new Set(this.#jobs())
    await this.#cancel([...unwanted])
    for (let i = 0; i < GOODBYES; i++) {
      const states = await this.#cluster.look().catch(() => undefined)
      const there = states?.filter(({ end }) => end === 'no').map(({ job }) => job)
      if (there?.length === 0) return
      await sleep(this.#cluster.interval)
      // It may not have heard, or have made a job and not said so.
      const still = there?.filter((job) => unwanted.has(job) || !this.#own.has(job)) ?? []
      await this.#cancel([...new Set(still)])
    }
  }
}
