import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { BatchBuffers, ReadOptions } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { errorOf } from './failure.ts'
import { jobReader } from './read-jobs.ts'
import type { JobResult, ReaderPlan, ReadJob } from './reader.ts'
import { threadsWithin } from './shard-files.ts'
import { startReader } from './start-reader.ts'

/** See {@link PoolOptions}; the next read starts others. */
const IDLE_MS = 5000

/** Rows of a job: few enough that no thread ends long before the others, many enough that messages cost nothing. */
const JOB_ROWS = 32

/** How a pool of threads reads. */
export interface PoolOptions {
  /** By default one for each core; 0 to read in the thread that asks. What is read does not depend on it. */
  readonly threads?: number | undefined
  /** Bytes of the largest packed file, unpacked: there are only so many threads as have room for theirs. */
  readonly packedBytes?: number | undefined
  /** The chunk of a row, for what is read in chunks: one thread reads all rows of a chunk. */
  readonly chunkOf?: ((row: number) => number) | undefined
  /** Milliseconds after which threads end that nobody has given work to and no pass may give some; 5000 by default. */
  readonly idle?: number | undefined
  /** Names a row in the error when a thread dies. */
  where(row: number): string
}

interface Waiting {
  readonly job: ReadJob
  resolve(): void
  reject(failure: { place: number; error: Error }): void
}

interface Thread {
  readonly worker: Worker
  readonly jobs: Map<number, Waiting>
  /** Shared: the row that it reads, plus 1; 0 for none. */
  readonly current: Int32Array
}

/** Threads that read the records of one dataset into batches. They keep no process alive, and end when nothing is asked of them. */
export class ReaderPool {
  readonly #plan: ReaderPlan
  readonly #options: PoolOptions
  readonly #count: number
  #threads: (Thread | undefined)[] = []
  /** Reads in this thread, where there are no others. */
  #here: ReturnType<typeof jobReader> | undefined
  #nextId = 1
  #idle: NodeJS.Timeout | undefined
  /** Those who will ask again: a step may take longer than threads are kept, and each would start them anew. */
  readonly #passes = new Set<AbortSignal>()

  constructor(plan: ReaderPlan, options: PoolOptions) {
    this.#plan = plan
    this.#options = options
    const threads = options.threads ?? Math.max(1, availableParallelism())
    this.#count = threads === 0 ? 0 : threadsWithin(threads, options.packedBytes)
  }

  /**
   * Reads rows into the first rows of a batch.
   *
   * @throws DataError of the first row that cannot be read; it names the file.
   */
  async read(rows: Uint32Array, into: BatchBuffers, { signal }: ReadOptions = {}): Promise<void> {
    const stopped = new Int32Array(new SharedArrayBuffer(4))
    const stop = () => Atomics.store(stopped, 0, 1)
    if (signal?.aborted) return
    signal?.addEventListener('abort', stop, { once: true })
    if (signal !== undefined) this.#keepFor(signal)
    clearTimeout(this.#idle)
    try {
      const jobs = this.#cut(rows).map(([thread, places]) =>
        this.#give(thread, {
          id: this.#nextId++,
          rows: places.map((place) => rows[place]!),
          places,
          into,
          stopped,
        }),
      )
      const ended = await Promise.allSettled(jobs)
      const failures = ended.flatMap((each) =>
        each.status === 'rejected' ? [each.reason as { place: number; error: Error }] : [],
      )
      // Whichever thread was the quickest: the first in the batch.
      const [first] = failures.sort((a, b) => a.place - b.place)
      if (first !== undefined) throw first.error
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#rest()
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const threads = this.#threads
    this.#threads = []
    for (const thread of threads) await thread?.worker.terminate()
  }

  /** Which thread reads which places of a batch. */
  #cut(rows: Uint32Array): [thread: number, places: Uint32Array][] {
    const { chunkOf } = this.#options
    if (this.#count === 0) return [[0, Uint32Array.from(rows.keys())]]
    if (chunkOf !== undefined) {
      const byThread: number[][] = Array.from({ length: this.#count }, () => [])
      for (const [place, row] of rows.entries()) {
        byThread[chunkOf(row) % this.#count]!.push(place)
      }
      return byThread.flatMap((places, thread): [number, Uint32Array][] =>
        places.length === 0 ? [] : [[thread, Uint32Array.from(places)]],
      )
    }
    const size = Math.min(JOB_ROWS, Math.ceil(rows.length / this.#count))
    const parts: [number, Uint32Array][] = []
    const load = Array.from({ length: this.#count }, (_, at) => this.#threads[at]?.jobs.size ?? 0)
    for (let start = 0; start < rows.length; start += size) {
      const length = Math.min(size, rows.length - start)
      const thread = load.indexOf(Math.min(...load))
      load[thread]!++
      parts.push([thread, Uint32Array.from({ length }, (_, at) => start + at)])
    }
    return parts
  }

  #give(index: number, job: ReadJob): Promise<void> {
    if (this.#count === 0) return this.#readHere(job)
    const thread = this.#threads[index] ?? this.#start(index)
    this.#threads[index] = thread
    return new Promise<void>((resolve, reject) => {
      thread.jobs.set(job.id, { job, resolve, reject })
      thread.worker.ref()
      thread.worker.postMessage(job)
    })
  }

  async #readHere(job: ReadJob): Promise<void> {
    this.#here ??= jobReader(this.#plan, new Int32Array(1))
    const { error } = await this.#here(job)
    if (error !== undefined) throw { place: error.place, error: errorOf(error) }
  }

  #start(index: number): Thread {
    const current = new Int32Array(new SharedArrayBuffer(4))
    const worker = startReader({ plan: this.#plan, current })
    const thread: Thread = { worker, jobs: new Map(), current }
    const fail = (reason: string) => {
      if (this.#threads[index] === thread) this.#threads[index] = undefined
      const row = Atomics.load(current, 0) - 1
      for (const { job, reject } of thread.jobs.values()) {
        const place = Math.max(0, job.rows.indexOf(row))
        const at = row >= 0 ? row : job.rows[0]!
        reject({
          place: job.places[place]!,
          error: new DataError({
            where: this.#options.where(at),
            expected: `must be read, and the thread that read it ended: ${reason}`,
            hint: 'Look at this file, and at the memory that is left; then go on from the last checkpoint.',
          }),
        })
      }
      thread.jobs.clear()
    }
    worker.on('message', ({ id, error }: JobResult) => {
      const waiting = thread.jobs.get(id)
      thread.jobs.delete(id)
      if (thread.jobs.size === 0) worker.unref()
      if (error === undefined) waiting?.resolve()
      else waiting?.reject({ place: error.place, error: errorOf(error) })
    })
    worker.on('error', (error: Error) => fail(error.message))
    worker.on('exit', (code) => fail(`exit code ${code}`))
    return thread
  }

  #keepFor(pass: AbortSignal): void {
    if (this.#passes.has(pass)) return
    this.#passes.add(pass)
    const ended = () => {
      this.#passes.delete(pass)
      this.#rest()
    }
    pass.addEventListener('abort', ended, { once: true })
  }

  #rest(): void {
    if (this.#passes.size > 0) return
    if (this.#threads.some((thread) => (thread?.jobs.size ?? 0) > 0)) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), this.#options.idle ?? IDLE_MS).unref()
  }
}
