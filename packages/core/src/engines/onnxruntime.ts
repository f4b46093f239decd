import {
  type CaptureInput,
  type CaptureOptions,
  type CompiledProgram,
  captureSteady,
  compile,
  type EngineOptions,
  explain,
  FORMS,
  firstDifference,
  type Graph,
  missingLibrary,
  offeredProviders,
  onHost,
  StateStore,
  type SteadyGraph,
} from '@ashlar/graph'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { startBackend } from '../network/backend.ts'
import { withSequenceLoops } from '../network/sequences.ts'
import type {
  Arrays,
  Engine,
  EngineSession,
  OpenOptions,
  PreparedProgram,
  Program,
} from './engine.ts'

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
      const { graph } = captureProgram(program, size, { variables, nameVariable: finder(state) })
      try {
        return await explain(graph, { ...program.tables, ...feeds }, { ...options, state })
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

/** Inputs that are rows of tables are picked inside the graph, which gets the tables as they are. */
function captureProgram(
  program: Program,
  batchSize: number,
  variables: Pick<CaptureOptions, 'variables' | 'nameVariable'>,
): SteadyGraph {
  const drawn = Object.keys(program.tables ?? {})
  const run = (inputs: Record<string, tf.Tensor>) => {
    const picked = drawn.map((name) => [name, tf.gather(inputs[name]!, inputs.rows!.as1D())])
    return program.run({ ...inputs, ...Object.fromEntries(picked) })
  }
  return withSequenceLoops(() =>
    captureSteady(run, { inputs: graphInputs(program, batchSize), ...variables }),
  )
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

/** A program as it was captured once, compiled for a batch size. */
interface Variant {
  readonly fingerprint: SteadyGraph['fingerprint']
  readonly compiled: CompiledProgram
}

/** So many ways in which a program came out are kept for a batch size: a layer that is frozen and thawed in turn has two. */
const KEPT_VARIANTS = 4

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
      compile: (graph) => compile(graph, { ...this.#options, state: this.#state }),
    })
    this.#prepared.push(sized)
    return {
      run: async (batchSize, feeds) => {
        const compiled = await sized.of(batchSize)
        this.#state.refresh()
        return copied(await compiled.run({ ...program.tables, ...feeds }))
      },
      warm: async (batchSizes) => {
        for (const batchSize of new Set(batchSizes)) {
          const rows = new Int32Array(batchSize)
          const fed = zeroFeeds(program.inputs(batchSize), program.tables)
          await (await sized.of(batchSize)).warm({ ...program.tables, ...fed, rows })
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

/** How a program becomes one that runs. */
interface Making {
  capture(batchSize: number): SteadyGraph
  compile(graph: Graph): Promise<CompiledProgram>
}

/** A program compiled for each batch size that comes, and again when it has changed. */
class SizedPrograms {
  readonly #making: Making
  /** By batch size, the one in use first. */
  readonly #variants = new Map<number, Variant[]>()
  /** Batch sizes whose first variant is what the program does now. */
  readonly #current = new Map<number, Promise<CompiledProgram>>()

  constructor(making: Making) {
    this.#making = making
  }

  of(batchSize: number): Promise<CompiledProgram> {
    let current = this.#current.get(batchSize)
    if (current === undefined) {
      current = this.#make(batchSize)
      this.#current.set(batchSize, current)
    }
    return current
  }

  renew(): void {
    this.#current.clear()
  }

  async #make(batchSize: number): Promise<CompiledProgram> {
    const { graph, fingerprint } = this.#making.capture(batchSize)
    const variants = this.#variants.get(batchSize) ?? []
    this.#variants.set(batchSize, variants)
    const known = variants.findIndex(
      (each) => firstDifference(each.fingerprint, fingerprint) === undefined,
    )
    const variant =
      known >= 0
        ? variants.splice(known, 1)[0]!
        : { fingerprint, compiled: await this.#making.compile(graph) }
    variants.unshift(variant)
    for (const old of variants.splice(KEPT_VARIANTS)) await old.compiled.dispose()
    return variant.compiled
  }

  async dispose(): Promise<void> {
    // A program that could not be compiled has nothing to free; its error went to whoever ran it.
    await Promise.allSettled(this.#current.values())
    for (const variants of this.#variants.values()) {
      for (const { compiled } of variants) await compiled.dispose()
    }
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
            `must be an execution provider whose libraries are installed (${missingLibrary(String(input))} is not there; npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12 fetches it), or left out for the CPU`,
        }),
    )
    .min(1)
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
