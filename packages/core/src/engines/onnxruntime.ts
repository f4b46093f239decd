import {
  type CaptureInput,
  type CompiledProgram,
  capture,
  compile,
  type EngineOptions,
  explain,
  FORMS,
  type Graph,
  StateStore,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { startBackend } from '../model/backend.ts'
import { checkOptions } from '../plugins/check-options.ts'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import type { Arrays, Engine, EngineSession, PreparedProgram, Program } from './engine.ts'

/**
 * Captures each program as one graph and runs it with onnxruntime: forward, gradients and optimizer in a single call,
 * variables in preallocated tensors.
 */
export function onnxruntimeEngine(options: EngineOptions = {}): Engine {
  checkOptions(onnxruntimePlugin, options)
  return {
    name: 'onnxruntime',
    async open(variables, { own } = {}) {
      await tf.ready()
      startBackend()
      return new Session(variables, new StateStore(variables, { own }), options)
    },
    async explain(program, variables, { size, feeds }) {
      await tf.ready()
      startBackend()
      const graph = captureProgram(program, variables, size)
      const state = new StateStore(variables)
      try {
        return await explain(graph, { ...program.tables, ...feeds }, { ...options, state })
      } finally {
        state.dispose()
      }
    },
  }
}

/** Inputs that are rows of tables are picked inside the graph, which gets the tables as they are. */
function captureProgram(
  program: Program,
  variables: Readonly<Record<string, tf.Variable>>,
  batchSize: number,
): Graph {
  const drawn = Object.keys(program.tables ?? {})
  const run = (inputs: Record<string, tf.Tensor>) => {
    const picked = drawn.map((name) => [name, tf.gather(inputs[name]!, inputs.rows!.as1D())])
    return program.run({ ...inputs, ...Object.fromEntries(picked) })
  }
  return capture(run, { inputs: graphInputs(program, batchSize), variables })
}

/** What the graph of a program takes. */
function graphInputs(program: Program, batchSize: number): Readonly<Record<string, CaptureInput>> {
  const { tables } = program
  const inputs = program.inputs(batchSize)
  if (tables === undefined) return inputs
  const whole = Object.entries(tables).map(([name, { length }]) => {
    const [, ...shape] = inputs[name]!.shape
    const rows = length / tf.util.sizeFromShape(shape)
    return [name, { ...inputs[name]!, shape: [rows, ...shape] }]
  })
  const rows: CaptureInput = { shape: [batchSize], dtype: 'int32' }
  return { ...inputs, ...Object.fromEntries(whole), rows }
}

class Session implements EngineSession {
  readonly #variables: Readonly<Record<string, tf.Variable>>
  readonly #options: EngineOptions
  readonly #state: StateStore
  readonly #compiled: Promise<CompiledProgram>[] = []

  constructor(
    variables: Readonly<Record<string, tf.Variable>>,
    state: StateStore,
    options: EngineOptions,
  ) {
    this.#variables = variables
    this.#options = options
    this.#state = state
  }

  prepare(program: Program): PreparedProgram {
    const bySize = new Map<number, Promise<CompiledProgram>>()
    const ready = (batchSize: number) => {
      let compiled = bySize.get(batchSize)
      if (compiled === undefined) {
        compiled = this.#compile(program, batchSize)
        bySize.set(batchSize, compiled)
      }
      return compiled
    }
    return {
      run: async (batchSize, feeds) => {
        const compiled = await ready(batchSize)
        return copied(await compiled.run({ ...program.tables, ...feeds }))
      },
      warm: async (batchSizes) => {
        for (const batchSize of new Set(batchSizes)) {
          const rows = new Int32Array(batchSize)
          const fed = zeroFeeds(program.inputs(batchSize), program.tables)
          await (await ready(batchSize)).warm({ ...program.tables, ...fed, rows })
        }
      },
    }
  }

  read(name: string): Float32Array | Int32Array {
    return this.#state.get(name).slice() as Float32Array | Int32Array
  }

  download(): void {
    this.#state.download()
  }

  upload(): void {
    this.#state.upload()
  }

  async dispose(): Promise<void> {
    // A program that could not be compiled has nothing to free; its error went to whoever ran it.
    const settled = await Promise.allSettled(this.#compiled)
    for (const each of settled) if (each.status === 'fulfilled') await each.value.dispose()
    this.#state.dispose()
  }

  async #compile(program: Program, batchSize: number): Promise<CompiledProgram> {
    const graph = captureProgram(program, this.#variables, batchSize)
    const compiled = compile(graph, { ...this.#options, state: this.#state })
    this.#compiled.push(compiled)
    return compiled
  }
}

/** Of what is fed in each run. */
function zeroFeeds(inputs: ReturnType<Program['inputs']>, tables: Arrays = {}): Arrays {
  const fed = Object.entries(inputs).filter(([name]) => !Object.hasOwn(tables, name))
  const zeros = fed.map(([name, { shape, dtype, storage }]) => {
    const size = tf.util.sizeFromShape([...shape])
    if (storage === 'uint8' || dtype === 'bool') return [name, new Uint8Array(size)]
    return [name, dtype === 'int32' ? new Int32Array(size) : new Float32Array(size)]
  })
  return Object.fromEntries(zeros)
}

/** The next run writes into the same buffers. */
function copied(outputs: Arrays): Arrays {
  return Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, data.slice()]))
}

const options = z.strictObject({
  threads: z.int().positive().optional().describe('Threads; by default one per core.'),
  providers: z
    .array(z.string())
    .optional()
    .describe('Execution providers in order of preference; by default the CPU.'),
  forms: z
    .enum(FORMS)
    .optional()
    .describe(
      'How kernels are computed: the forms that are `measured` to be quickest on this machine (default), the `usual` ones, or `portable` ONNX.',
    ),
})

/** `onnxruntime` as a plugin. */
export const onnxruntimePlugin: Plugin<'engine'> = definePlugin({
  kind: 'engine',
  name: 'onnxruntime',
  description: 'The whole training step as one graph, run by onnxruntime. The default.',
  options,
  create: (given) => onnxruntimeEngine(given),
})
