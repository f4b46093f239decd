import { ConfigError, EngineError, unknownName } from '@ashlar/errors'
import { type CaptureInput, repairTfjs, type TypedArray, wrongKernels } from '@ashlar/graph'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { drawRows } from '../data/batches.ts'
import { startBackend } from '../network/backend.ts'
import { withSeed } from '../network/seeding.ts'
import type { Arrays, Engine, EngineSession, Program } from './engine.ts'

/** What the engine `tfjs` can be told. */
export interface TfjsEngineOptions {
  /** Name of a registered tfjs backend; by default the one that is current when a program runs. */
  readonly backend?: string | undefined
}

/**
 * Runs programs eagerly on a tfjs backend, kernel by kernel. What tfjs's own JavaScript gets wrong is put right first, for the whole process: kernels of the
 * backend `cpu`, and gradients, which all backends share. Another backend that computes kernels wrong is told of by a warning of the process.
 *
 * @throws ConfigError when it is opened and there is no such backend.
 */
export function tfjsEngine(options: TfjsEngineOptions = {}): Engine {
  checkOptions(tfjsPlugin, options)
  const { backend } = options
  return {
    name: 'tfjs',
    async open(variables) {
      await tf.ready()
      startBackend()
      repairTfjs()
      if (backend !== undefined) await start(backend)
      await warnOfWrongKernels(backend ?? tf.getBackend())
      return openSession(variables, backend)
    },
  }
}

/** Backends whose kernels are not tfjs's: put right, Ashlar's own, or TensorFlow's. */
const RIGHT = new Set(['cpu', 'onnxruntime', 'tensorflow'])

const warned = new Set<string>()

async function warnOfWrongKernels(backend: string): Promise<void> {
  if (RIGHT.has(backend) || warned.has(backend)) return
  warned.add(backend)
  const wrong = await wrongKernels(backend)
  if (wrong.length === 0) return
  process.emitWarning(
    `engine tfjs: the backend ${backend} computes some kernels wrong: ${wrong.join(', ')}. ` +
      'A model that uses them learns something else there. Take the backend cpu, or the engine onnxruntime.',
    'AshlarWarning',
  )
}

/** A backend that has started can be set at once, without waiting. */
async function start(backend: string): Promise<void> {
  if (tf.findBackendFactory(backend) === null) {
    const known = Object.keys(tf.engine().registryFactory)
    throw new ConfigError(unknownName('engine tfjs', 'backend', backend, known))
  }
  const before = tf.getBackend()
  const started = await tf.setBackend(backend)
  await tf.setBackend(before)
  if (started) return
  throw new EngineError({
    where: 'engine tfjs',
    expected: `the tfjs backend ${backend} must start`,
  })
}

/** Runs with a backend as the current one. tfjs moves the numbers of tensors that live on another one by itself. */
function onBackend<T>(backend: string | undefined, fn: () => T): T {
  const before = tf.getBackend()
  if (backend === undefined || backend === before) return fn()
  void tf.setBackend(backend)
  try {
    return fn()
  } finally {
    void tf.setBackend(before)
  }
}

function openSession(
  given: Readonly<Record<string, tf.Variable>>,
  backend: string | undefined,
): EngineSession {
  const variables = { ...given }
  return {
    prepare: (program) => ({
      run: (batchSize, feeds) => run(program, batchSize, feeds, backend),
      warm: () => Promise.resolve(),
      // Whatever the program reads, it reads each time.
      renew: () => undefined,
    }),
    adopt: (more) => void Object.assign(variables, more),
    read: (name) => variables[name]!.dataSync().slice() as Float32Array | Int32Array,
    // The variables themselves are the state.
    download: () => undefined,
    publish: () => undefined,
    upload: () => undefined,
    dispose: () => Promise.resolve(),
  }
}

async function run(
  program: Program,
  batchSize: number,
  feeds: Arrays,
  backend: string | undefined,
): Promise<Arrays> {
  const outputs = onBackend(backend, () =>
    tf.tidy(() => {
      const specs = Object.entries(program.inputs(batchSize))
      const inputs = specs.map(([name, spec]) => {
        const table = program.tables?.[name]
        const data = table === undefined ? feeds[name]! : drawn(table, feeds.rows!, spec)
        return [name, toTensor(data, spec)] as const
      })
      return drawingFrom(feeds, () => program.run(Object.fromEntries(inputs)))
    }),
  )
  try {
    const read = Object.entries(outputs).map(async ([name, tensor]) => [
      name,
      (await tensor.data()) as TypedArray,
    ])
    return Object.fromEntries(await Promise.all(read))
  } finally {
    tf.dispose(outputs)
  }
}

/** The inputs `seed` and `step`, where a program has them, govern its random numbers, as they do in a captured program. */
function drawingFrom<T>({ seed, step }: Arrays, fn: () => T): T {
  return seed === undefined || step === undefined
    ? fn()
    : withSeed(Number(seed[0]), `step ${step[0]}`, fn)
}

function toTensor(data: TypedArray, { shape, dtype }: CaptureInput): tf.Tensor {
  const numbers = dtype === 'int32' && !(data instanceof Int32Array) ? toInt32(data) : data
  return tf.tensor(numbers as Float32Array | Int32Array, [...shape], dtype)
}

/** Rows of a table. */
function drawn(table: TypedArray, rows: TypedArray, { shape }: CaptureInput): TypedArray {
  const size = tf.util.sizeFromShape(shape.slice(1))
  const picked = rows.length * size
  const batch =
    table instanceof Uint8Array
      ? new Uint8Array(picked)
      : new (table.constructor as Float32ArrayConstructor)(picked)
  drawRows(table as Float32Array, rows as Int32Array, size, batch as Float32Array)
  return batch
}

function toInt32(data: TypedArray): Int32Array {
  return Int32Array.from(data as ArrayLike<number>)
}

/** `tfjs` as a plugin. */
export const tfjsPlugin: Plugin<'engine'> = definePlugin({
  kind: 'engine',
  name: 'tfjs',
  description: 'Eager execution on a tfjs backend.',
  options: z.strictObject({
    backend: z
      .string()
      .optional()
      .describe('Name of a registered tfjs backend; by default the current one.'),
  }),
  create: (options) => tfjsEngine(options),
})
