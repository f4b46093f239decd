import { stat } from 'node:fs/promises'
import { availableParallelism, hostname } from 'node:os'
import { basename, join } from 'node:path'
import { SWEEP } from '@ashlar/experiment/runs'
import type { Job, Worker } from 'bullmq'
import { type Artifacts, artifactsIn, openStore } from '../../store/artifacts.ts'
import { digestOf } from '../../trials/digest.ts'
import type { TaskError, TaskResult, TrialTask } from '../../trials/task.ts'
import { TrialPool } from '../../work/pool.ts'
import { requireCode, requireOwnCode } from '../../work/requires.ts'
import { connectQueue, QUEUE, type TrialJob, trialJobSchema } from './queue.ts'

/** How a worker works. */
export interface WorkerOptions {
  /** `redis://host:6379`; what `ASHLAR_QUEUE` says by default. */
  readonly queue?: string | undefined
  /** The module that makes a process of trials, absolute. */
  readonly module: string
  /** Trials at once; by default one for each core. */
  readonly workers?: number | undefined
  /** What others call it; host and process by default. */
  readonly name?: string | undefined
  /** The folder that holds the sweeps' folders here, where it is called otherwise than on the machine that made the sweep. */
  readonly runs?: string | undefined
  /** Where the experiment's relative paths start here: its plugins and data. */
  readonly home?: string | undefined
  /** Where trials are trained that go to a store. */
  readonly scratch: string
  /** Seconds after which a task goes to another worker if this one says nothing; it does so at half of that. 30 by default. */
  readonly lease?: number | undefined
  /** A line for people. */
  notice(text: string): void
}

/** A worker that takes tasks. */
export interface QueueWorker {
  readonly name: string
  /** Tasks that it has done. */
  readonly done: () => number
  /** Takes no more, gives back what is under way, and ends. */
  stop(): Promise<void>
}

/** Milliseconds until a task that this machine could not do is offered again. */
const LATER = 2000

/** Times that a task may be taken from a silent worker: when it is given up is a matter of its attempts. */
const MOST_STALLS = 1000

/**
 * Takes tasks from a queue until it is stopped. Each is trained in a process of its own, so that this one always has time to say that it is alive.
 *
 * A task whose plugin or data this machine has not got is left to others, and its sweep is told.
 */
export async function openWorker(options: WorkerOptions): Promise<QueueWorker> {
  const { module, notice, lease = 30 } = options
  const name = options.name ?? `${hostname()}-${process.pid}`
  const client = await connectQueue(options.queue ?? process.env.ASHLAR_QUEUE)
  const { DelayedError } = client.bullmq
  const size = options.workers ?? availableParallelism()
  const pool = new TrialPool({ module, threads: 1 }, size)
  const stores = new Map<string, Promise<Artifacts>>()
  let isStopping = false
  let done = 0

  const giveBack = async (job: Job, token: string | undefined, wait: number): Promise<never> => {
    await job.moveToDelayed(Date.now() + wait, token)
    throw new DelayedError()
  }
  const lacks = async (job: Job, token: string | undefined, message: string): Promise<never> => {
    await job.updateProgress({ worker: name, lacks: message })
    notice(`${job.id}: left to others: ${message}`)
    return giveBack(job, token, LATER)
  }
  const work = async (job: Job<TrialJob>, token: string | undefined): Promise<TaskResult> => {
    const read = trialJobSchema.safeParse(job.data)
    if (!read.success || digestOf(read.data.task) !== read.data.digest) {
      throw new Error('the task is damaged: it is not what its digest says')
    }
    const { sweep, task, store } = read.data
    const place = await placeOf(read.data, options)
    if (place === undefined) {
      return lacks(
        job,
        token,
        `the sweep's folder ${read.data.folder} is not here; share it, or give the sweep a store`,
      )
    }
    const refused = await requirePlugins(task, options.home).catch((error: Error) => error)
    if (refused !== undefined) return lacks(job, token, refused.message)
    // A store that is away is no fault of the trial.
    const stored = <T>(working: Promise<T>) =>
      working.catch((error: Error) =>
        lacks(job, token, `the store ${store} cannot be used: ${error.message || error.name}`),
      )
    const artifacts = store === undefined ? undefined : await stored(known(stores, store, sweep))
    if (artifacts !== undefined) await stored(artifacts.pull(task.id, place))
    notice(`${job.id}: begins`)
    const result = await pool.perform(task, { folder: place, home: options.home })
    if (artifacts !== undefined) await stored(artifacts.push(task.id, place))
    const { status, error } = result
    if (status !== 'given-back') {
      done++
      notice(`${job.id}: ${status}${error === undefined ? '' : `: ${error.message}`}`)
      return result
    }
    if (isOfMachine(error)) return lacks(job, token, error.message)
    notice(`${job.id}: given back`)
    return giveBack(job, token, 0)
  }
  const worker: Worker = new client.bullmq.Worker(
    QUEUE,
    (job, token) => (isStopping ? giveBack(job, token, 0) : work(job, token)),
    {
      ...{ name, connection: client.connection },
      concurrency: size,
      lockDuration: lease * 1000,
      stalledInterval: lease * 1000,
      maxStalledCount: MOST_STALLS,
    },
  )
  let last = ''
  worker.on('error', (error) => {
    // Redis may go away and come back; it is said once.
    if (error.message !== last) notice(`queue: ${error.message}`)
    last = error.message
  })
  worker.on('failed', (job, error) => notice(`${job?.id}: ${error.message}`))
  const stop = async () => {
    isStopping = true
    pool.stop()
    await worker.close()
    await pool.end()
    client.end()
  }
  await worker.waitUntilReady().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { name, done: () => done, stop }
}

/** Before anything of the trial is fetched. @throws LacksError for plugins that are not the worker's own, not here, or others. */
async function requirePlugins({ config, requires }: TrialTask, home?: string): Promise<void> {
  await requireOwnCode(config, requires, home)
  if (home !== undefined) await requireCode(requires, home)
}

function isOfMachine(error: TaskError | undefined): error is TaskError {
  return error?.kind === 'lacks' || error?.kind === 'machine'
}

/** The sweep's folder on this machine; undefined where there is none. */
async function placeOf(
  { folder, store, sweep }: TrialJob,
  { runs, scratch }: WorkerOptions,
): Promise<string | undefined> {
  if (store !== undefined) return join(scratch, sweep)
  const place = runs === undefined ? folder : join(runs, basename(folder))
  const found = await stat(join(place, SWEEP)).catch(() => undefined)
  return found?.isFile() ? place : undefined
}

function known(
  stores: Map<string, Promise<Artifacts>>,
  store: string,
  sweep: string,
): Promise<Artifacts> {
  const key = `${store} ${sweep}`
  const opened =
    stores.get(key) ?? openStore(store).then((each) => artifactsIn(each.store, each.prefix, sweep))
  stores.set(key, opened)
  // What could not be opened is tried again.
  opened.catch(() => stores.delete(key))
  return opened
}
