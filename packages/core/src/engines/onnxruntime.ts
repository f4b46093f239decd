import {
  compileKept,
  type EngineOptions,
  explain,
  FORMS,
  missingLibrary,
  offeredProviders,
  onHost,
  StateStore,
} from '@ashlar/graph'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { startBackend } from '../network/backend.ts'
import { captureProgram } from './capture-program.ts'
import type {
  Arrays,
  Engine,
  EngineSession,
  OpenOptions,
  PreparedProgram,
  Program,
} from './engine.ts'
import { SizedPrograms } from './sized-programs.ts'

/**
 * Captures each program as one graph and runs it with onnxruntime: forward, gradients and optimizer in a single call,
 * variables in preallocated tensors.
 */
export function onnxruntimeEngine(options: EngineOptions = {}): Engine {
  checkOptions(onnxruntimePlugin, options)
  return {
    name: 'onnxruntime',
    async open(variables, { own, live } = {}) {
      await tf.ready()
      startBackend()
      return new Session(variables, new StateStore(variables, { own, live }), options)
    },
    async explain(program, variables, { size, feeds }) {
      await tf.ready()
      startBackend()
      const state = new StateStore(variables)
      const captured = captureProgram(program, size, { variables, nameVariable: finder(state) })
      captured.confirm()
      const { graph } = captured
      try {
        const purpose = { state, trains: program.trains === true }
        return await explain(graph, { ...program.tables, ...feeds }, { ...options, ...purpose })
      } finally {
        state.dispose()
      }
    },
  }
}

/** Takes variables that a program finds by itself into a store's care, where others may look at them between runs. */
function finder(state: StateStore): (variable: tf.Variable) => string {
  return (variable) => {
    const name = `variables/${variable.name}`
    // Its numbers are real ones elsewhere.
    onHost(() => state.adopt({ [name]: variable }, { live: new Set([name]) }))
    return name
  }
}

class Session implements EngineSession {
  readonly #options: EngineOptions
  readonly #state: StateStore
  readonly #variables: Record<string, tf.Variable>
  readonly #prepared: SizedPrograms[] = []

  constructor(
    variables: Readonly<Record<string, tf.Variable>>,
    state: StateStore,
    options: EngineOptions,
  ) {
    this.#variables = { ...variables }
    this.#options = options
    this.#state = state
  }

  prepare(program: Program): PreparedProgram {
    const sized = new SizedPrograms({
      capture: (batchSize) =>
        captureProgram(program, batchSize, {
          variables: this.#variables,
          nameVariable: finder(this.#state),
        }),
      compile: (captured) =>
        compileKept(captured, {
          ...this.#options,
          state: this.#state,
          trains: program.trains === true,
        }),
      isChanged: () => program.isChanged?.() ?? false,
    })
    this.#prepared.push(sized)
    return {
      run: async (batchSize, feeds) => {
        const compiled = await sized.toRun(batchSize)
        this.#state.refresh()
        return copied(await compiled.run({ ...program.tables, ...feeds }))
      },
      warm: async (batchSizes, { run = true } = {}) => {
        for (const batchSize of new Set(batchSizes)) {
          const compiled = await sized.ready(batchSize)
          if (!run) continue
          const rows = new Int32Array(batchSize)
          const fed = zeroFeeds(program.inputs(batchSize), program.tables)
          await compiled.warm({ ...program.tables, ...fed, rows })
        }
      },
      renew: () => sized.renew(),
    }
  }

  adopt(variables: Readonly<Record<string, tf.Variable>>, options?: OpenOptions): void {
    Object.assign(this.#variables, variables)
    this.#state.adopt(variables, options)
  }

  read(name: string): Float32Array | Int32Array {
    this.#state.refresh()
    return this.#state.get(name).slice() as Float32Array | Int32Array
  }

  download(): void {
    this.#state.download()
  }

  publish(): void {
    this.#state.publish()
  }

  upload(): void {
    this.#state.upload()
  }

  async dispose(): Promise<void> {
    for (const each of this.#prepared) await each.dispose()
    this.#state.dispose()
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
  threads: z.int().positive().optional().describe('Threads, at most; by default one per core.'),
  providers: z
    .array(
      z
        .string()
        .refine((name) => offeredProviders().includes(name), {
          error: () =>
            `must be an execution provider that onnxruntime-node has on this system: ${offeredProviders().join(', ')}`,
          abort: true,
        })
        .refine((name) => missingLibrary(name) === undefined, {
          error: ({ input }) =>
            `must be an execution provider whose libraries are installed (${missingLibrary(String(input))} is not there; npm install onnxruntime-node@1.30.0 --onnxruntime-node-install=cuda12 fetches it), or left out for the CPU`,
        }),
    )
    .min(1)
    .optional()
    .describe('Execution providers in order of preference; by default the CPU.'),
  forms: z
    .enum(FORMS)
    .optional()
    .describe(
      'How kernels are computed: in the `usual` forms (default), in those that are `measured` to be quickest on this machine, which a first start takes longer for, or in `portable` ONNX.',
    ),
  cache: z
    .boolean()
    .optional()
    .describe(
      "Whether finished programs are kept in the user's cache folder (`$ASHLAR_HOME`), so that the next start with the same ones is quicker. Default: true.",
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
