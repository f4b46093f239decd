import { totalmem } from 'node:os'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { InferenceCore, VersionStatistics } from './core/inference-core.ts'

type Read = (statistics: VersionStatistics) => number

/** Nanoseconds as Triton tells them. */
const microseconds = (ns: number) => ns / 1000

/** Counters under Triton's names, so that dashboards made for it work. */
const COUNTERS: readonly (readonly [name: string, help: string, read: Read])[] = [
  [
    'nv_inference_request_success',
    'Requests that were answered',
    ({ statistics }) => statistics.success.count,
  ],
  ['nv_inference_count', 'Samples', ({ statistics }) => statistics.inferenceCount],
  ['nv_inference_exec_count', 'Runs of the model', ({ statistics }) => statistics.executionCount],
  [
    'nv_inference_request_duration_us',
    'Time of requests that were answered',
    ({ statistics }) => microseconds(statistics.success.ns),
  ],
  [
    'nv_inference_queue_duration_us',
    'Time in the queue',
    ({ statistics }) => microseconds(statistics.queue.ns),
  ],
  [
    'nv_inference_compute_input_duration_us',
    'Time to hand inputs to the worker',
    ({ statistics }) => microseconds(statistics.computeInput.ns),
  ],
  [
    'nv_inference_compute_infer_duration_us',
    'Time in onnxruntime',
    ({ statistics }) => microseconds(statistics.computeInfer.ns),
  ],
  [
    'nv_inference_compute_output_duration_us',
    'Time to take outputs apart',
    ({ statistics }) => microseconds(statistics.computeOutput.ns),
  ],
]

const LABELS = ['model', 'version'] as const

/** A registry of the server's metrics; they are read when it is asked. */
export function createMetrics(core: InferenceCore): Registry {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const each = (
    tell: (labels: { model: string; version: string }, item: VersionStatistics) => void,
  ) => {
    for (const item of core.statistics()) {
      tell({ model: item.name, version: item.version }, item)
    }
  }
  for (const [name, help, read] of COUNTERS) {
    const counter: Counter<(typeof LABELS)[number]> = new Counter({
      name,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        counter.reset()
        each((labels, item) => counter.inc(labels, read(item)))
      },
    })
  }
  const failures: Counter<'model' | 'version' | 'reason'> = new Counter({
    name: 'nv_inference_request_failure',
    help: 'Requests that got no result, by reason',
    labelNames: [...LABELS, 'reason'],
    registers,
    collect() {
      failures.reset()
      each((labels, { statistics }) => {
        for (const [reason, count] of Object.entries(statistics.failures)) {
          failures.inc({ ...labels, reason }, count)
        }
      })
    },
  })
  const pending: Gauge<(typeof LABELS)[number]> = new Gauge({
    name: 'nv_inference_pending_request_count',
    help: 'Requests that wait or run',
    labelNames: LABELS,
    registers,
    collect() {
      pending.reset()
      each((labels, item) => pending.set(labels, item.pending))
    },
  })
  const total: Gauge = new Gauge({
    name: 'nv_cpu_memory_total_bytes',
    help: 'Memory of the machine',
    registers,
    collect: () => total.set(totalmem()),
  })
  const used: Gauge = new Gauge({
    name: 'nv_cpu_memory_used_bytes',
    help: 'Memory of the server and of the processes of its sessions',
    registers,
    collect: () => used.set(process.memoryUsage.rss() + core.manager.sessionBytes),
  })
  return registry
}
