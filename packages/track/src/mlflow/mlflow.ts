import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  type Callback,
  definePlugin,
  type Exporter,
  type Plugin,
  type Trainable,
} from '@ashlar/core'
import { type FlatConfig, readRecord } from '@ashlar/experiment/runs'
import { address, checkOptions } from '@ashlar/plugins'
import { z } from 'zod'
import { openGroupLog, PARENT } from './group-log.ts'
import { openRunLog, type RunLog } from './run-log.ts'

/** Options of {@link mlflow}. */
export interface MlflowOptions {
  /** Of the tracking server. */
  readonly url: string
  /** Name of the experiment that the run goes into. */
  readonly experiment: string
  /** Name of the run. */
  readonly run: string
  /** Remembers the run, so that training that goes on is logged to the same one. Without it, each training is a run of its own. */
  readonly file?: string | undefined
  /** Id of the run that this one is a child of. The trials of a sweep get theirs by themselves. */
  readonly parent?: string | undefined
  /** Steps between two points, 50 by default. */
  readonly every?: number | undefined
  /** What is logged as parameters; read when training begins. */
  readonly params?: (() => Promise<FlatConfig>) | undefined
  /** Writes the model that is uploaded at the end; without it, none is. */
  readonly exporter?: Exporter | undefined
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: (() => number) | undefined
}

/**
 * Logs a run to MLflow over REST: parameters, metrics as they come, and the exported model as an artifact. Training that goes on opens its run
 * again, and logs no step twice.
 *
 * A server that does not answer when training begins is an error. One that goes away later is tried again with the next metrics, and
 * an error only if it has not come back by the end; what it could not be sent is in `file`, for the time when training goes on.
 */
export function mlflow(options: MlflowOptions): Callback {
  checkOptions(mlflowPlugin, options, ['run', 'file', 'params', 'exporter', 'clock'])
  const { every = 50, exporter, clock = Date.now, parent } = options
  const tags = parent === undefined ? [] : [{ key: PARENT, value: parent }]
  let log: RunLog | undefined
  return {
    name: 'mlflow',
    beginGroup: (group) => openGroupLog({ ...options, clock }, group),
    async onTrainBegin() {
      log = await openRunLog({ ...options, clock, tags, takesArtifacts: exporter !== undefined })
    },
    async onEpochBegin() {
      // Nothing can be refused any more: a run that is over stays so until now.
      await log?.begin()
    },
    async onBatchEnd({ step, learningRate }, run) {
      // The last step of an epoch is logged with the epoch.
      if ((step + 1) % every !== 0 || (step + 1) % run.stepsPerEpoch === 0) return
      await log?.add(step + 1, { ...run.metrics(), learning_rate: learningRate })
    },
    async onEpochEnd({ metrics, learningRate }, run) {
      await log?.add(run.step, { ...metrics, learning_rate: learningRate })
    },
    async onTrainEnd({ outcome }, run) {
      const ending = log
      log = undefined
      const failed = outcome === 'failed'
      if (ending === undefined || (failed && !ending.hasBegun)) return
      await ending.begin()
      const model = exporter !== undefined && !failed && (await exported(exporter, run.model))
      await ending.end(
        // Early stopping is an end like another.
        failed ? 'FAILED' : run.interrupted ? 'KILLED' : 'FINISHED',
        model ? { [`model.${exporter.name}`]: model } : {},
      )
    },
  }
}

async function exported(exporter: Exporter, model: Trainable): Promise<Uint8Array> {
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
  url: address()
    .default('http://127.0.0.1:5000')
    .describe('Address of the tracking server (mlflow server).'),
  experiment: z.string().min(1).default('ashlar').describe('The experiment the run goes into.'),
  parent: z
    .string()
    .regex(/^\w+$/, { error: 'must be the id of a run' })
    .optional()
    .describe('Id of a run that this one is a child of; the trials of a sweep get theirs.'),
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
      file: runFolder && join(runFolder, 'mlflow.json'),
      params: async () => (runFolder && (await readRecord(runFolder))?.config) || {},
      exporter: artifacts ? factory('exporter', exporter, 'exporter')() : undefined,
    }),
})
