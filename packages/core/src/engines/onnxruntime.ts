import {
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
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import type { Arrays, Engine, EngineSession, PreparedProgram, Program } from './engine.ts'

/**
 * Captures each program as one graph and runs it with onnxruntime: forward, gradients and optimizer in a single call,
 * variables in preallocated tensors.
 */
export function onnxruntimeEngine(options: EngineOptions = {}): Engine {
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
        return await explain(graph, feeds, { ...options, state })
      } finally {
        state.dispose()
      }
    },
  }
}

function captureProgram(
  program: Program,
  variables: Readonly<Record<string, tf.Variable>>,
  batchSize: number,
): Graph {
  return capture((inputs) => program.run(inputs), { inputs: program.inputs(batchSize), variables })
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
      run: async (batchSize, feeds) => copied(await (await ready(batchSize)).run(feeds)),
      warm: async (batchSizes) => {
        for (const batchSize of new Set(batchSizes)) {
          await (await ready(batchSize)).warm(zeroFeeds(program.inputs(batchSize)))
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

function zeroFeeds(inputs: ReturnType<Program['inputs']>): Arrays {
  const zeros = Object.entries(inputs).map(([name, { shape, dtype, storage }]) => {
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
