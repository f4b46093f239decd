import type { ModelConfig } from '../models/config.ts'
import { type Described, describeModel } from '../models/describe.ts'
import type { InferRequest, InferResponse, RequestedOutput } from '../protocol/messages.ts'
import { wholeParameter } from '../protocol/parameters.ts'
import type { Tensor } from '../protocol/tensor.ts'
import { WorkerPool } from '../workers/pool.ts'
import type { SessionWorker } from '../workers/session-worker.ts'
import { Batcher, type BatchingOptions } from './batcher.ts'
import { checkRequest } from './check-request.ts'
import { classify } from './classification.ts'
import type { Log } from './log.ts'
import type { Statistics } from './statistics.ts'
import { warmUps } from './warm-up.ts'

/** How models are run where their configuration says nothing. */
export interface RunOptions {
  /** Sessions of each model, a thread each. */
  readonly instances: number
  /** Threads of one session. */
  readonly threads: number
  readonly maxDelayMs: number
  readonly maxQueue: number
  readonly timeoutMs: number | undefined
  /** Samples in one run, instead of what the model's configuration says. */
  readonly maxBatch: number | undefined
}

/** What a version is opened from. */
export interface VersionSource {
  readonly name: string
  readonly version: string
  /** The model's bytes, or a path if its weights lie beside it. */
  readonly model: Uint8Array | string
  readonly config: ModelConfig
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
   * @throws DataError or ConfigError when the file or the configuration cannot be used.
   */
  static async open(
    source: VersionSource,
    options: RunOptions,
    statistics: Statistics,
    log: Log,
  ): Promise<ServedVersion> {
    const { name, version } = source
    const given =
      options.maxBatch === undefined
        ? source.config
        : { ...source.config, max_batch_size: options.maxBatch }
    const tell = { model: name, version }
    let batcher: Batcher | undefined
    const pool = await WorkerPool.start(
      { model: source.model, threads: threadsOf(given, options) },
      instancesOf(given, options),
      {
        prepare: (worker) => warm(worker, describeModel(name, worker.info, given), log),
        onStarted: () => batcher?.pump(),
        onDeath: (error) => log.error({ ...tell, err: error }, 'a worker died and is replaced'),
        onRestartFailed: (error) => log.error({ ...tell, err: error }, 'a worker did not start'),
      },
    )
    const described = describeModel(name, pool.info, given)
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

  /** Waits for what is under way, then ends the threads. */
  async drain(): Promise<void> {
    await this.batcher.whenIdle()
    await this.close()
  }

  /** Ends the threads at once; requests under way are refused. */
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

async function warm(worker: SessionWorker, described: Described, log: Log): Promise<void> {
  for (const { inputs, count, asked } of warmUps(described)) {
    for (let round = 0; round < count; round += 1) {
      try {
        await worker.run(inputs)
      } catch (error) {
        if (asked || worker.isDead) throw error
        log.debug({ model: described.config.name, err: error }, 'zeros do not warm this model up')
        return
      }
    }
  }
}

function instancesOf({ instance_group: groups }: ModelConfig, options: RunOptions): number {
  const count = groups?.reduce((sum, group) => sum + (group.count ?? 0), 0)
  return count || options.instances
}

function threadsOf({ parameters }: ModelConfig, options: RunOptions): number {
  const given = Number(parameters?.intra_op_thread_count?.string_value)
  return Number.isInteger(given) && given > 0 ? given : options.threads
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
