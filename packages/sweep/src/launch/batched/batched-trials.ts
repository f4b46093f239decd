import { setTimeout as sleep } from 'node:timers/promises'
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

/** A task that a cluster has. */
interface Outstanding {
  readonly task: TrialTask
  readonly listener: Listener
  readonly batch: Batch
  readonly index: number
  readonly job: string
  /** Processes that ended and left no word. */
  readonly silent: number
  /** Looks in a row that found the process gone. */
  gone: number
}

/** A process that an earlier sweep process has had started. */
type Left = Pick<Outstanding, 'batch' | 'index' | 'job'>

/** Looks that must find a process gone: a shared folder may be a moment behind. */
const SURE = 2

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
    for (const { job, index, batch: digest, end } of await this.#cluster.look()) {
      if (end !== 'no') continue
      if (!batches.has(digest)) {
        batches.set(digest, await readBatch(folder, digest).catch(() => undefined))
      }
      const batch = batches.get(digest)
      const task = batch?.tasks[index]
      if (batch === undefined || task === undefined) await this.#cluster.cancel([job])
      else this.#left.set(taskKey(task), { batch, index, job })
    }
    return this
  }

  async start(tasks: readonly TrialTask[], listener: Listener): Promise<void> {
    if (this.#isStopping) {
      for (const task of tasks) listener.ended(givenBack(task))
      return
    }
    const fresh = tasks.filter((task) => {
      const left = this.#left.get(taskKey(task))
      if (left === undefined || digestOf(left.batch.tasks[left.index]) !== digestOf(task)) {
        return true
      }
      this.#left.delete(taskKey(task))
      this.#outstanding.set(taskKey(task), { ...left, task, listener, silent: 0, gone: 0 })
      return false
    })
    for (let at = 0; at < fresh.length; at += this.#cluster.largest) {
      const given = fresh.slice(at, at + this.#cluster.largest)
      await this.#submit(given.map((task) => ({ task, listener, silent: 0 })))
    }
    this.#looking ??= this.#look()
  }

  async #submit(
    given: readonly Pick<Outstanding, 'task' | 'listener' | 'silent'>[],
  ): Promise<void> {
    const batch = await writeBatch(
      this.#context.folder,
      given.map(({ task }) => task),
    )
    const job = await this.#cluster.submit(batch)
    given.forEach((each, index) => {
      this.#outstanding.set(taskKey(each.task), { ...each, batch, index, job, gone: 0 })
    })
    // Stopped meanwhile: nobody has ended this one yet.
    if (this.#isStopping) await this.#cancel([job])
  }

  async #look(): Promise<void> {
    while (this.#outstanding.size > 0) {
      await sleep(this.#cluster.interval)
      try {
        await this.#readAnswers()
        if (this.#outstanding.size > 0) await this.#lookAtJobs()
      } catch (error) {
        // What runs there goes on meanwhile.
        this.#notice(`${this.#cluster.name}: ${(error as Error).message}; it is asked again`)
      }
    }
    this.#looking = undefined
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
    const again: Outstanding[] = []
    for (const [key, each] of [...this.#outstanding]) {
      const state = states.get(`${each.job}_${each.index}`)
      if (state?.end === 'no') {
        each.gone = 0
        if (state.reason !== undefined) {
          this.#notice(`${this.#cluster.name}: trials wait: ${state.reason}`)
        }
      } else if (++each.gone >= SURE) {
        const ended = state ?? (await this.#cluster.recall(each.job, each.index))
        const next = await this.#ended(key, each, ended)
        if (next !== undefined) again.push(next)
      }
    }
    if (this.#isStopping) return this.#cancel(this.#jobs())
    if (again.length > 0) await this.#submit(again)
  }

  /** What becomes of a task whose process is gone. @returns it if it is to be begun again. */
  async #ended(
    key: string,
    each: Outstanding,
    ended: JobState | undefined,
  ): Promise<Outstanding | undefined> {
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
    if (answer !== undefined) return each
    const silent = each.silent + 1
    const said = await this.#printed(batch, index)
    const death = `${where} ended as ${ended?.state ?? 'nobody knows what'}${said}`
    await noteCrash(folder, task.id, death).catch(() => undefined)
    if (silent < task.attempts) return { ...each, silent }
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
    await this.#cluster.cancel(jobs).catch((error: Error) => {
      this.#notice(`${this.#cluster.name}: ${error.message}; it is asked again`)
    })
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
    await this.#cancel(this.#jobs())
    for (let i = 0; i < GOODBYES; i++) {
      const states = await this.#cluster.look().catch(() => [])
      if (states.every(({ end }) => end !== 'no')) return
      await sleep(this.#cluster.interval)
    }
  }
}
