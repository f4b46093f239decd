import type { CaptureInput, TypedArray } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { startBackend } from '../model/backend.ts'
import { withSeed } from '../model/seeding.ts'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import type { Arrays, Engine, EngineSession, Program } from './engine.ts'

/** Runs programs eagerly on the current tfjs backend, kernel by kernel. */
export function tfjsEngine(): Engine {
  return {
    name: 'tfjs',
    async open(variables) {
      await tf.ready()
      startBackend()
      return openSession(variables)
    },
  }
}

function openSession(variables: Readonly<Record<string, tf.Variable>>): EngineSession {
  return {
    prepare: (program) => ({
      run: (batchSize, feeds) => run(program, batchSize, feeds),
      warm: () => Promise.resolve(),
    }),
    read: (name) => variables[name]!.dataSync().slice() as Float32Array | Int32Array,
    // The variables themselves are the state.
    download: () => undefined,
    upload: () => undefined,
    dispose: () => Promise.resolve(),
  }
}

async function run(program: Program, batchSize: number, feeds: Arrays): Promise<Arrays> {
  const outputs = tf.tidy(() => {
    const specs = Object.entries(program.inputs(batchSize))
    const inputs = specs.map(([name, spec]) => [name, toTensor(feeds[name]!, spec)] as const)
    return drawingFrom(feeds, () => program.run(Object.fromEntries(inputs)))
  })
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

function toInt32(data: TypedArray): Int32Array {
  return Int32Array.from(data as ArrayLike<number>)
}

/** `tfjs` as a plugin. */
export const tfjsPlugin: Plugin<'engine'> = definePlugin({
  kind: 'engine',
  name: 'tfjs',
  description: 'Eager execution on the current tfjs backend.',
  options: z.strictObject({}),
  create: () => tfjsEngine(),
})
