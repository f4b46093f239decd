import { setTimeout as sleep } from 'node:timers/promises'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import type { Job, Queue } from 'bullmq'
import { z } from 'zod'
import { type Artifacts, artifactsIn, openStore } from '../../store/artifacts.ts'
import { digestOf } from '../../trials/digest.ts'
import {
  failedTask,
  givenBack,
  type TaskResult,
  type TrialTask,
  taskKey,
  taskResultSchema,
} from '../../trials/task.ts'
import type { LaunchContext, Launched, Launcher, Listener } from '../launcher.ts'
import { connectQueue, QUEUE, type QueueClient, type TrialJob } from './queue.ts'

/** Options of {@link bullmqLauncher}. */
export interface BullmqOptions {
  /** `redis://host:6379`; what `ASHLAR_QUEUE` says by default. */
  readonly queue?: string | undefined
  /** `s3://bucket/prefix`, where machines have no folder in common. */
  readonly store?: string | undefined
  /** Tasks in the queue at once, 64 by default. */
  readonly ahead?: number | undefined
}

/** Milliseconds between two looks at what is in the queue. */
const LOOK = 250

/** Milliseconds after which somebody is told that nobody works. */
const ALONE = 5000

/** Trials by way of a queue in Redis, which workers on any machine take from. */
export function bullmqLauncher({ queue, store, ahead = 64 }: BullmqOptions = {}): Launcher {
  const connect = () => connectQueue(queue ?? process.env.ASHLAR_QUEUE)
  return {
    name: 'bullmq',
    isRemote: true,
    async check() {
      if (store !== undefined) await openStore(store)
      const client = await connect()
      client.end()
    },
    async open(context) {
      const opened = store === undefined ? undefined : await openStore(store)
      const client = await connect()
      const artifacts = opened && artifactsIn(opened.store, opened.prefix, context.sweep)
      return new QueuedTrials(client, context, { store, ahead, artifacts })
    },
  }
}

interface Outstanding {
  readonly task: TrialTask
  readonly listener: Listener
}

class QueuedTrials implements Launched {
  readonly capacity: number
  readonly threads: number
  readonly #client: QueueClient
  readonly #context: LaunchContext
  readonly #queue: Queue
  readonly #store: string | undefined
  readonly #artifacts: Artifacts | undefined
  readonly #outstanding = new Map<string, Outstanding>()
  readonly #told = new Set<string>()
  #looking: Promise<void> | undefined
  #isStopping = false
  #began = Date.now()

  constructor(
    client: QueueClient,
    context: LaunchContext,
    {
      store,
      ahead,
      artifacts,
    }: { store: string | undefined; ahead: number; artifacts: Artifacts | undefined },
  ) {
    this.#client = client
    this.#context = context
    this.#store = store
    this.#artifacts = artifacts
    this.capacity = ahead
    this.threads = context.threads ?? 1
    this.#queue = new client.bullmq.Queue(QUEUE, { connection: client.connection })
    // Redis may go away and come back; what is asked meanwhile waits.
    this.#queue.on('error', () => undefined)
  }

  async start(tasks: readonly TrialTask[], listener: Listener): Promise<void> {
    for (const task of tasks) {
      this.#outstanding.set(this.#jobId(task), { task, listener })
      await this.#add(task)
    }
    this.#looking ??= this.#look()
  }

  #jobId(task: TrialTask): string {
    return `${this.#context.sweep}-${taskKey(task)}`
  }

  /** One that is in the queue already is left as it is: a job goes by its id. */
  async #add(task: TrialTask): Promise<void> {
    const { sweep, folder } = this.#context
    const data: TrialJob = {
      ...{ sweep, folder, task, digest: digestOf(task) },
      ...(this.#store !== undefined && { store: this.#store }),
    }
    await this.#queue.add('trial', data, { jobId: this.#jobId(task), attempts: 1 })
  }

  async #look(): Promise<void> {
    while (this.#outstanding.size > 0) {
      await sleep(LOOK)
      try {
        for (const id of [...this.#outstanding.keys()]) {
          await this.#lookAt(id).catch((error: unknown) => this.#cannot(id, error as Error))
        }
        await this.#noticeNobody()
      } catch (error) {
        // Redis or the store has gone away: it is asked again.
        this.#notice(`queue: ${(error as Error).message}; it is asked again`)
      }
    }
    this.#looking = undefined
  }

  /** What will not go well by itself ends the task: it is as far as it is, and the sweep says why. @throws the error if it may. */
  #cannot(id: string, error: Error): void {
    if (isPassing(error)) throw error
    const { task, listener } = this.#outstanding.get(id)!
    this.#end(id, givenBack(task, { message: error.message, kind: 'machine' }), listener)
  }

  async #lookAt(id: string): Promise<void> {
    const { task, listener } = this.#outstanding.get(id)!
    const job: Job<TrialJob> | undefined = await this.#queue.getJob(id)
    if (job === undefined) {
      if (this.#isStopping) return this.#end(id, givenBack(task), listener)
      // Redis forgot it: whatever was done of it is in the sweep's folder.
      await this.#add(task)
      return
    }
    this.#tell(job)
    const state = await job.getState()
    if (state === 'completed') {
      // What was read may be of before it ended, and then has no answer yet.
      const ended = await this.#queue.getJob(id)
      if (ended === undefined) return
      const result = resultOf(task, ended.returnvalue)
      await this.#artifacts?.pull(task.id, this.#context.folder)
      this.#end(id, result, listener)
      await job.remove().catch(() => undefined)
    } else if (state === 'failed') {
      const { failedReason = 'the job failed' } = (await this.#queue.getJob(id)) ?? job
      this.#end(id, failedTask(task, { message: failedReason, kind: 'crash' }), listener)
      await job.remove().catch(() => undefined)
    } else if (this.#isStopping && state !== 'active') {
      await job.remove().then(
        () => this.#end(id, givenBack(task), listener),
        // A worker has just taken it.
        () => undefined,
      )
    }
  }

  #end(id: string, result: TaskResult, { ended }: Listener): void {
    this.#outstanding.delete(id)
    ended(result)
  }

  /** What a worker says of a task that it leaves to others. */
  #tell({ progress }: Job): void {
    const told = (progress ?? {}) as { worker?: string; lacks?: string }
    if (told.lacks === undefined) return
    this.#notice(`worker ${told.worker}: ${told.lacks}`)
  }

  /** Once is enough. */
  #notice(text: string): void {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#context.notice(text)
  }

  async #noticeNobody(): Promise<void> {
    if (this.#told.has('nobody') || Date.now() - this.#began < ALONE) return
    this.#began = Date.now()
    const workers = await this.#queue.getWorkersCount()
    if (workers > 0) return
    this.#told.add('nobody')
    this.#context.notice(
      'no worker takes from the queue yet; start some: ashlar worker --queue URL',
    )
  }

  async stop(): Promise<void> {
    this.#isStopping = true
  }

  async end(): Promise<void> {
    await this.#looking
    await this.#queue.close().catch(() => undefined)
    this.#client.end()
  }
}

/** What a worker has answered. An answer to something else is none. */
function resultOf(task: TrialTask, answer: unknown): TaskResult {
  const { success, data } = taskResultSchema.safeParse(answer)
  if (success && data.id === task.id && data.until === task.until) return data
  const message = success
    ? `the worker answered for ${taskKey(data)}, and not for ${taskKey(task)}`
    : 'the answer of the worker is none'
  return failedTask(task, { message, kind: 'crash' })
}

/** What a connection says that may come back, and a Redis that is about to be there. */
const PASSING =
  /^(LOADING|TRYAGAIN|MASTERDOWN|CLUSTERDOWN|READONLY)\b|connection is closed|connection is in|stream isn't writeable|command aborted|socket hang up|timed? ?out/i

/** Whether an error may be none the next time: of the connection, to Redis or a store. */
function isPassing(error: Error): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code = '' } = at as NodeJS.ErrnoException
    if (/^(ECONN|ETIMEDOUT|EPIPE|EHOST|ENET|ENOTFOUND|EAI_)/.test(code)) return true
    if (PASSING.test(at.message) || /Abort|MaxRetries|Timeout/.test(at.name)) return true
  }
  return false
}

/** An address that programs of the web have no scheme for. */
function addressOf(shape: RegExp, example: string): z.ZodString {
  const error = `must be an address of the form ${example}`
  return z.string().regex(shape, { error }).meta({ access: 'call' })
}

/** `bullmq` as a plugin. */
export const bullmqPlugin: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'bullmq',
  aliases: ['redis'],
  description: 'Workers on any machine, by a queue of BullMQ in Redis: ashlar worker --queue URL.',
  options: z.strictObject({
    queue: addressOf(/^rediss?:\/\//, 'redis://host:6379')
      .optional()
      .describe('Address of Redis; by default what ASHLAR_QUEUE says.'),
    store: addressOf(/^s3:\/\//, 's3://bucket/prefix')
      .optional()
      .describe('s3://bucket/prefix, where machines have no folder in common.'),
    ahead: z.int().positive().default(64).describe('Tasks in the queue at once.'),
  }),
  create: (options) => bullmqLauncher(options),
})
