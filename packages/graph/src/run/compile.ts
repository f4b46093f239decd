import { EngineError } from '@ashlar/errors'
import { type Graph, graphTree, type TypedArray } from '../ir/index.ts'
import type { ChooseForm } from '../lower/forms.ts'
import type { Target } from '../lower/target.ts'
import { portableTarget } from '../lower/target.ts'
import { onnx } from '../onnx/proto.ts'
import { modelProto } from '../onnx/write.ts'
import { everywhere } from '../passes/everywhere.ts'
import { foldConstants } from '../passes/fold-constants.ts'
import { optimize } from '../passes/optimize.ts'
import { separateOutputs } from '../passes/outputs.ts'
import { assignsTensors, isTrainingStep, type Purpose } from '../passes/purpose.ts'
import { shareFills } from '../passes/share-fills.ts'
import { formMachine, openFormStore } from '../plan/form-store.ts'
import { optimizeMeasured } from '../plan/optimize-measured.ts'
import { deviceMemory } from '../session/device-memory.ts'
import { addSentinel, canKeepInPlace } from '../session/in-place-outputs.ts'
import { defaultForms } from '../session/options.ts'
import { createSession, type SessionOptions } from '../session/session.ts'
import { deviceOf } from '../session/session-settings.ts'
import { cpuTarget } from './cpu-target.ts'
import { DeviceProgram, keptOnDevice } from './device-program.ts'
import { type FinishedProgram, tensorsOf } from './finished-program.ts'
import { multiplyAddsOf, paceOf, threadsFor } from './pace.ts'
import { SessionProgram } from './session-program.ts'
import type { StateStore } from './state-store.ts'

export interface ProgramOptions extends SessionOptions, Purpose {
  /** Holds the variables that the program reads and assigns. */
  readonly state?: StateStore
  /** Forms to lower to; default: what is fast on the CPU provider, standard ONNX for any other. */
  readonly target?: Target
  /** Decides where several forms fit, instead of rules or a measurement. */
  readonly choose?: ChooseForm
}

/** A program that is ready to run. Shapes are fixed. */
export interface RunnableProgram {
  /** Runs once: state comes from the store and goes back to it. Returns views that the next run overwrites. */
  run(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, TypedArray>>
  /** Runs once for onnxruntime to take the memory that it needs; state stays as it is. */
  warm(feeds: Readonly<Record<string, TypedArray>>): Promise<void>
  dispose(): Promise<void>
}

/** A captured program, ready to run. */
export interface CompiledProgram extends RunnableProgram {
  /** The ONNX model that runs, for a look inside. */
  readonly model: Uint8Array
  /** The same as a graph: its nodes know what they were made for. */
  readonly graph: Graph
}

/**
 * Lowers a captured graph of fixed shapes and starts an onnxruntime session for it.
 *
 * @throws EngineError when a kernel has no lowering, the graph needs a store, or onnxruntime refuses the model.
 */
export async function compile(
  graph: Graph,
  options: ProgramOptions = {},
): Promise<CompiledProgram> {
  requireState(graph, options.state)
  const finished = await finish(graph, options.target ?? (await defaultTarget(options)), options)
  return Object.assign(await start(finished.program, options), {
    model: finished.program.model,
    graph: finished.graph,
  })
}

/** Lowers a captured graph. */
export async function finish(
  graph: Graph,
  target: Target,
  options: ProgramOptions,
): Promise<{ readonly program: FinishedProgram; readonly graph: Graph }> {
  // Lowering changes what was captured.
  const products = multiplyAddsOf(graph)
  const lowered = await lowerFor(graph, target, options)
  // What is written where it is read must stay as it was found to be possible, whatever it is for.
  const isFinished =
    !target.portable && (isTrainingStep(lowered, options) || assignsTensors(lowered))
  if (isFinished) await foldAll(lowered, target.opset)
  const proto = modelProto(lowered, { opset: target.opset, name: 'program' })
  const inPlace = !staysOnDevice(options) && (await canKeepInPlace())
  if (inPlace) addSentinel(proto)
  const program: FinishedProgram = {
    ...tensorsOf(lowered),
    model: onnx.ModelProto.encode(proto).finish(),
    // Our own passes leave nothing in a step for onnxruntime's, which take most of the time in which it starts.
    optimization: isFinished ? 'disabled' : 'all',
    inPlace,
    pace: paceOf(lowered, products),
  }
  return { program, graph: lowered }
}

/** Starts a session for a program that was lowered with these options. */
export async function start(
  program: FinishedProgram,
  options: ProgramOptions,
): Promise<RunnableProgram> {
  const { model, optimization, pace } = program
  const { state, providers } = options
  const isOnDevice = staysOnDevice(options)
  const session = await createSession(model, {
    ...{ memoryPattern: false, optimization, ...options },
    ...(isOnDevice && { onDevice: keptOnDevice(program) }),
    threads: threadsFor(pace, options.threads),
  })
  if (isOnDevice) {
    return new DeviceProgram(program, session, {
      state: state!,
      memory: deviceMemory(providers![0]!),
    })
  }
  return new SessionProgram(program, session, options.state)
}

/** Whether a program's variables stay in the memory of a device from run to run. */
export function staysOnDevice(options: ProgramOptions): boolean {
  return options.state !== undefined && deviceOf(options) !== undefined
}

/** What a program is lowered for where nothing is said. */
export function defaultTarget(options: ProgramOptions): Promise<Target> {
  const { providers, forms = defaultForms() } = options
  const onlyCpu = providers === undefined || providers.every((provider) => provider === 'cpu')
  return onlyCpu && forms !== 'portable'
    ? cpuTarget()
    : Promise.resolve({ ...portableTarget(), mostParts: deviceOf(options)?.mostParts })
}

/** A target that was given is taken as it is: nothing is measured for it. */
async function lowerFor(graph: Graph, target: Target, options: ProgramOptions): Promise<Graph> {
  const { state, threads, choose, trains, forms = defaultForms() } = options
  const isOpen = options.target === undefined && choose === undefined && !target.portable
  if (!isOpen || forms !== 'measured') {
    // Views of what lies side by side are the host's.
    const store = staysOnDevice(options) ? undefined : state
    return optimize(graph, target, { store, choose, trains })
  }
  const store = openFormStore(formMachine(threads, target.block))
  return optimizeMeasured(graph, { target, threads, store }, { store: state, trains })
}

/** Computes what follows from constants alone, in all graphs of the tree. */
async function foldAll(graph: Graph, opset: number): Promise<void> {
  for (const each of graphTree(graph)) await foldConstants(each, opset)
  everywhere(graph, shareFills, separateOutputs)
}

/** @throws EngineError for a variable that the store does not have. */
export function requireState(graph: Graph, state: StateStore | undefined): void {
  for (const { name, state: isState, view } of [...graph.inputs, ...graph.outputs]) {
    for (const variable of isState ? (view?.variables ?? [name]) : []) {
      if (state?.has(variable)) continue
      throw new EngineError({
        where: 'compile',
        expected: `variable ${variable} must be in the state store`,
        hint: 'Give the store all variables that the program was captured with.',
      })
    }
  }
}
