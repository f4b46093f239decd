import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Callback, definePlugin, type Exporter, type Plugin } from '@ashlar/core'
import { type FlatConfig, readRecord } from '@ashlar/core/runs'
import { z } from 'zod'
import { MlflowClient, type MlflowMetric, type MlflowRun } from './client.ts'

/** Options of {@link mlflow}. */
export interface MlflowOptions {
  /** Of the tracking server. */
  readonly url: string
  /** Name of the experiment that the run goes into. */
  readonly experiment: string
  /** Name of the run. */
  readonly run: string
  /** Steps between two points, 50 by default. */
  readonly every?: number | undefined
  /** What is logged as parameters; read when training begins. */
  readonly params?: (() => Promise<FlatConfig>) | undefined
  /** Writes the model that is uploaded at the end; without it, none is. */
  readonly exporter?: Exporter | undefined
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: (() => number) | undefined
}

/** MLflow takes so many metrics and parameters at once, and values of that length. */
const LIMITS = { metrics: 1000, params: 100, value: 6000 }

const STATUS = { finished: 'FINISHED', stopped: 'KILLED', failed: 'FAILED' } as const

/**
 * Logs a run to MLflow over REST: parameters, metrics as they come, and the exported model as an artifact.
 *
 * A server that does not answer when training begins is an error. One that goes away later is tried again with the next metrics, and
 * an error only if it has not come back by the end.
 */
export function mlflow(options: MlflowOptions): Callback {
  const { url, experiment, run: name, every = 50, exporter, clock = Date.now } = options
  const client = new MlflowClient(url)
  let run: MlflowRun | undefined
  let waiting: MlflowMetric[] = []
  const add = (step: number, values: Readonly<Record<string, number>>) => {
    const timestamp = clock()
    for (const [key, number] of Object.entries(values)) {
      const value = Number.isFinite(number) ? number : String(number)
      waiting.push({ key, value, timestamp, step })
    }
  }
  const send = async () => {
    while (run !== undefined && waiting.length > 0) {
      await client.log(run, { metrics: waiting.slice(0, LIMITS.metrics) })
      waiting = waiting.slice(LIMITS.metrics)
    }
  }
  // What cannot be sent now is kept for the next time, and the end.
  const trySend = () => send().catch(() => undefined)
  return {
    name: 'mlflow',
    async onTrainBegin() {
      waiting = []
      run = await client.createRun(await client.experiment(experiment), name, clock())
      const params = Object.entries((await options.params?.()) ?? {}).map(([key, value]) => ({
        key,
        value: String(value).slice(0, LIMITS.value),
      }))
      for (let start = 0; start < params.length; start += LIMITS.params) {
        await client.log(run, { params: params.slice(start, start + LIMITS.params) })
      }
    },
    async onBatchEnd({ step, learningRate }, training) {
      if ((step + 1) % every !== 0) return
      add(step + 1, { ...training.metrics(), learning_rate: learningRate })
      await trySend()
    },
    async onEpochEnd({ metrics }, training) {
      add(training.step, metrics)
      await trySend()
    },
    async onTrainEnd({ outcome }, training) {
      const ended = run
      if (ended === undefined) return
      try {
        await send()
        if (exporter !== undefined && outcome !== 'failed') {
          const model = await exported(exporter, training.model)
          await client.upload(ended, `model.${exporter.name}`, model)
        }
        await client.finish(ended, STATUS[outcome], clock())
      } finally {
        run = undefined
      }
    },
  }
}

async function exported(
  exporter: Exporter,
  model: Parameters<Exporter['export']>[0],
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-mlflow-'))
  try {
    const file = join(folder, `model.${exporter.name}`)
    await model.export(file, exporter)
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const options = z.strictObject({
  url: z
    .url()
    .default('http://127.0.0.1:5000')
    .describe('Address of the tracking server (mlflow server).'),
  experiment: z.string().min(1).default('ashlar').describe('The experiment the run goes into.'),
  every: z.int().positive().default(50).describe('Steps between two points.'),
  artifacts: z.boolean().default(true).describe('Upload the exported model at the end.'),
  exporter: z.string().default('onnx').describe('What writes the model that is uploaded.'),
})

/** `mlflow` as a plugin. */
export const mlflowPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'mlflow',
  description: 'Logs parameters, metrics and the exported model to MLflow.',
  options,
  create: ({ artifacts, exporter, ...rest }, { factory, runFolder }) =>
    mlflow({
      ...rest,
      run: runFolder === undefined ? 'ashlar' : basename(runFolder),
      params: async () => (runFolder && (await readRecord(runFolder))?.config) || {},
      exporter: artifacts ? factory('exporter', exporter, 'exporter')() : undefined,
    }),
})
