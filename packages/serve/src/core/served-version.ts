import { type ModelConfig, threadCount } from '../models/config.ts'
import { type Described, describeModel } from '../models/describe.ts'
import type { InferRequest, InferResponse, RequestedOutput } from '../protocol/messages.ts'
import { wholeParameter } from '../protocol/parameters.ts'
import type { Tensor } from '../protocol/tensor.ts'
import type { SessionInfo } from '../workers/messages.ts'
import { type PoolEvents, WorkerPool } from '../workers/pool.ts'
import type { SessionWorker } from '../workers/session-worker.ts'
import { Batcher, type BatchingOptions } from './batcher.ts'
import { checkRequest } from './check-request.ts'
import { classify } from './classification.ts'
import type { Log } from './log.ts'
import type { Statistics } from './statistics.ts'
import { warmUps } from './warm-up.ts'

/** How models are run where their configuration says nothing. */
export interface RunOptions {
  /** Sessions of each model, a process each. */
  readonly instances: number
  /** Threads of one session. */
  readonly threads: number
  readonly maxDelayMs: number
  readonly maxQueue: number
  readonly timeoutMs: number | undefined
  /** Samples in one run of models whose first sizes vary, instead of what their configuration says, unless that is 0. */
  readonly maxBatch: number | undefined
  /** How long a model may take until it is ready, in milliseconds; 60 s by default. What takes longer is listed as unavailable. */
  readonly loadTimeoutMs: number
}

/** What a version is opened from. */
export interface VersionSource {
  readonly name: string
  readonly version: string
  /** The model's bytes, or a path if its weights lie beside it. */
  readonly model: Uint8Array | string
  readonly config: ModelConfig
  /** Whether the file itself says that its first sizes are the batch. */
  readonly batched: boolean
  /** What clients are told of the file. */
  readonly properties: Readonly<Record<string, string>>
  /** Of outputs that have some, by name. */
  readonly labels: ReadonlyMap<string, readonly string[]>
}

/** One version of a model, open and warm. */
export class ServedVersion {
  readonly source: VersionSource
  readonly described: Described
  readonly statistics: Statistics
  private readonly pool: WorkerPool
  private readonly batcher: Batcher

  private constructor(
    source: VersionSource,
    described: Described,
    parts: { pool: WorkerPool; batcher: Batcher; statistics: Statistics },
  ) {
    this.source = source
    this.described = described
    this.pool = parts.pool
    this.batcher = parts.batcher
    this.statistics = parts.statistics
  }

  /**
   * Opens and warms a version.
   *
   * @param signal gives that up.
   * @throws DataError or ConfigError when the file or the configuration cannot be used; the signal's reason.
   */
  static async open(
    source: VersionSource,
    options: RunOptions,
    { statistics, log, signal }: { statistics: Statistics; log: Log; signal: AbortSignal },
  ): Promise<ServedVersion> {
    const { name, version, config, batched, properties } = source
    const tell = { model: name, version }
    const describe = (info: SessionInfo) =>
      describeModel(name, info, { config, batched, properties, maxBatch: options.maxBatch })
    let batcher: Batcher | undefined
    const settings = {
      model: source.model,
      threads: threadCount(config) ?? options.threads,
      startTimeoutMs: options.loadTimeoutMs,
    }
    const start = (prepare: PoolEvents['prepare']) =>
      WorkerPool.start(
        settings,
        instancesOf(config, options),
        {
          prepare,
          onStarted: () => batcher?.pump(),
          onDeath: (error) => log.error({ ...tell, err: error }, 'a worker ended and is replaced'),
          onRestartFailed: (error) => {
            log.error({ ...tell, err: error }, 'a worker did not start')
            batcher?.refuseWaiting(error)
          },
        },
        signal,
      )
    const patienceMs = options.loadTimeoutMs / 3
    const pool = await start((worker) => warm(worker, describe(worker.info), { log, patienceMs }))
      // A model that zeros keep busy for good may do well on what clients send.
      .catch((error) => {
        if (!(error instanceof TooSlow)) throw error
        log.warn(tell, 'zeros do not warm this model up in time: its first runs may be slow')
        return start(async (worker) => void describe(worker.info))
      })
    const described = describe(pool.info)
    batcher = new Batcher({
      model: name,
      pool,
      options: batchingOf(described.config, options),
      statistics,
      onRunFailed: (error) => log.warn({ ...tell, err: error }, 'a run failed'),
    })
    return new ServedVersion(source, described, { pool, batcher, statistics })
  }

  /** Requests that wait or run. */
  get pendingCount(): number {
    return this.batcher.pendingCount
  }

  /**
   * Answers a request.
   *
   * @throws RequestError when it does not fit the model, cannot wait, takes too long or fails.
   */
  async infer(request: InferRequest): Promise<InferResponse> {
    const { inputs, samples } = checkRequest(request, this.described)
    const timeout = wholeParameter('request', request.parameters, 'timeout')
    const overridable =
      this.described.config.dynamic_batching?.default_queue_policy?.allow_timeout_override !== false
    const outputs = await this.batcher.submit({
      inputs,
      samples,
      timeoutMs: timeout && overridable ? timeout / 1000 : undefined,
      isGone: request.isGone,
    })
    return {
      model: this.source.name,
      version: this.source.version,
      id: request.id,
      outputs: this.select(request, outputs),
    }
  }

  /** Bytes of memory that its processes hold, as far as they have told. */
  get rss(): number {
    return this.pool.rss
  }

  /** Its processes. */
  get pids(): readonly number[] {
    return this.pool.pids
  }

  /**
   * Waits for what is under way, then ends the processes.
   *
   * @param patienceMs how long it waits at most.
   */
  async drain(patienceMs: number): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, patienceMs)
    })
    await Promise.race([this.batcher.whenIdle(), patience])
    clearTimeout(late)
    await this.close()
  }

  /** Ends the processes at once; requests under way are refused. */
  async close(): Promise<void> {
    this.batcher.close()
    await this.pool.close()
  }

  private select(request: InferRequest, tensors: readonly Tensor[]): readonly Tensor[] {
    const wanted: readonly RequestedOutput[] = request.outputs ?? this.described.metadata.outputs
    return wanted.map((output) => {
      const tensor = tensors.find(({ name }) => name === output.name)!
      const count = output.classification
      if (count === undefined) return tensor
      const labels = this.source.labels.get(output.name) ?? []
      return classify(tensor, count, labels, this.described.config.max_batch_size > 0)
    })
  }
}

/** A guess at what warms a model up took too long. */
class TooSlow extends Error {}

async function warm(
  worker: SessionWorker,
  described: Described,
  { log, patienceMs }: { log: Log; patienceMs: number },
): Promise<void> {
  for (const { inputs, count, asked } of warmUps(described)) {
    for (let round = 0; round < count; round += 1) {
      try {
        await (asked ? worker.run(inputs) : inTime(worker.run(inputs), patienceMs))
      } catch (error) {
        if (asked || worker.isDead || error instanceof TooSlow) throw error
        log.debug({ model: described.config.name, err: error }, 'zeros do not warm this model up')
        return
      }
    }
  }
}

function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new TooSlow()), ms)
    work.then(resolve, reject).finally(() => clearTimeout(late))
  })
}

function instancesOf({ instance_group: groups }: ModelConfig, options: RunOptions): number {
  const count = groups?.reduce((sum, group) => sum + (group.count ?? 0), 0)
  return count || options.instances
}

function batchingOf(config: Described['config'], options: RunOptions): BatchingOptions {
  const { max_batch_size: maxBatch, dynamic_batching: batching } = config
  const policy = batching?.default_queue_policy
  const microseconds = batching?.max_queue_delay_microseconds
  return {
    maxBatch,
    maxDelayMs: microseconds === undefined ? options.maxDelayMs : microseconds / 1000,
    maxQueue: policy?.max_queue_size || options.maxQueue,
    timeoutMs: policy?.default_timeout_microseconds
      ? policy.default_timeout_microseconds / 1000
      : options.timeoutMs,
  }
}
