import type { VersionStatistics } from './inference-core.ts'
import type { Duration } from './statistics.ts'

/** The statistics of a version in the protocol's form, which HTTP and gRPC share. */
export interface StatisticsMessage {
  readonly name: string
  readonly version: string
  readonly last_inference: number
  readonly inference_count: number
  readonly execution_count: number
  readonly inference_stats: Readonly<Record<string, Duration>>
  readonly response_stats: Readonly<Record<string, never>>
  readonly batch_stats: readonly {
    readonly batch_size: number
    readonly compute_input: Duration
    readonly compute_infer: Duration
    readonly compute_output: Duration
  }[]
  readonly memory_usage: readonly never[]
}

/** Writes statistics in the protocol's form. Nothing is cached here, so the cache is neither hit nor missed. */
export function statisticsMessage({
  name,
  version,
  statistics,
}: VersionStatistics): StatisticsMessage {
  return {
    name,
    version,
    last_inference: statistics.lastInference,
    inference_count: statistics.inferenceCount,
    execution_count: statistics.executionCount,
    inference_stats: {
      success: statistics.success,
      fail: statistics.fail,
      queue: statistics.queue,
      compute_input: statistics.computeInput,
      compute_infer: statistics.computeInfer,
      compute_output: statistics.computeOutput,
      cache_hit: { count: 0, ns: 0 },
      cache_miss: { count: 0, ns: 0 },
    },
    response_stats: {},
    batch_stats: [...statistics.batches.values()]
      .sort((a, b) => a.batchSize - b.batchSize)
      .map(({ batchSize, computeInput, computeInfer, computeOutput }) => ({
        batch_size: batchSize,
        compute_input: computeInput,
        compute_infer: computeInfer,
        compute_output: computeOutput,
      })),
    memory_usage: [],
  }
}
