import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import {
  allocate,
  type Graph,
  type GraphInput,
  type GraphOutput,
  graphTree,
  isStatic,
  type Shape,
  type StateView,
  sizeOf,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import type { ChooseForm } from '../lower/forms.ts'
import type { Target } from '../lower/target.ts'
import { portableTarget } from '../lower/target.ts'
import { nameValues, outputName } from '../onnx/names.ts'
import { onnx } from '../onnx/proto.ts'
import { modelProto } from '../onnx/write.ts'
import { everywhere } from '../passes/everywhere.ts'
import { foldConstants } from '../passes/fold-constants.ts'
import { findInPlaceUpdates } from '../passes/in-place-updates.ts'
import { optimize, updatesWeights } from '../passes/optimize.ts'
import { separateOutputs } from '../passes/outputs.ts'
import { shareFills } from '../passes/share-fills.ts'
import { formMachine, openFormStore } from '../plan/form-store.ts'
import { optimizeMeasured } from '../plan/optimize-measured.ts'
import { addSentinel, canKeepInPlace, runInPlace } from '../session/in-place-outputs.ts'
import { defaultForms } from '../session/options.ts'
import { createSession, type SessionOptions } from '../session/session.ts'
import { cpuTarget } from './cpu-target.ts'
import type { StateStore } from './state-store.ts'

export interface ProgramOptions extends SessionOptions {
  /** Holds the variables that the program reads and assigns. */
  readonly state?: StateStore
  /** Forms to lower to; default: what is fast on the CPU provider, standard ONNX for any other. */
  readonly target?: Target
  /** Decides where several forms fit, instead of rules or a measurement. */
  readonly choose?: ChooseForm
}

/** A captured program, ready to run. Shapes are fixed. */
export interface CompiledProgram {
  /** Runs once: state comes from the store and goes back to it. Returns views that the next run overwrites. */
  run(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, TypedArray>>
  /** Runs once for onnxruntime to take the memory that it needs; state stays as it is. */
  warm(feeds: Readonly<Record<string, TypedArray>>): Promise<void>
  /** The ONNX model that runs, for a look inside. */
  readonly model: Uint8Array
  /** The same as a graph: its nodes know what they were made for. */
  readonly graph: Graph
  dispose(): Promise<void>
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
  const target = options.target ?? (await defaultTarget(options))
  const lowered = await lowerFor(graph, target, options)
  const isFinished = !target.portable && updatesWeights(lowered)
  if (isFinished) await foldAll(lowered, target.opset)
  const proto = modelProto(lowered, { opset: target.opset, name: 'program' })
  const inPlace = await canKeepInPlace()
  if (inPlace) addSentinel(proto)
  const model = onnx.ModelProto.encode(proto).finish()
  // Our own passes leave nothing in a step for onnxruntime's, which take most of the time in which it starts.
  const optimization = isFinished ? 'disabled' : 'all'
  const session = await createSession(model, { memoryPattern: false, optimization, ...options })
  return new SessionProgram(lowered, { model, session, inPlace }, options.state)
}

function defaultTarget({ providers, forms = defaultForms() }: ProgramOptions): Promise<Target> {
  const onlyCpu = providers === undefined || providers.every((provider) => provider === 'cpu')
  return onlyCpu && forms !== 'portable' ? cpuTarget() : Promise.resolve(portableTarget())
}

/** A target that was given is taken as it is: nothing is measured for it. */
async function lowerFor(graph: Graph, target: Target, options: ProgramOptions): Promise<Graph> {
  const { state, threads, choose, forms = defaultForms() } = options
  const isOpen = options.target === undefined && choose === undefined && !target.portable
  if (!isOpen || forms !== 'measured') return optimize(graph, target, { store: state, choose })
  const store = openFormStore(formMachine(threads, target.block))
  return optimizeMeasured(graph, { target, threads, store }, state)
}

/** Computes what follows from constants alone, in all graphs of the tree. */
async function foldAll(graph: Graph, opset: number): Promise<void> {
  for (const each of graphTree(graph)) await foldConstants(each, opset)
  everywhere(graph, shareFills, separateOutputs)
}

interface LoadedModel {
  readonly model: Uint8Array
  readonly session: ort.InferenceSession
  /** Whether the model has the output that keeps the others from being copied. */
  readonly inPlace: boolean
}

class SessionProgram implements CompiledProgram {
  readonly model: Uint8Array
  readonly graph: Graph
  readonly #session: ort.InferenceSession
  readonly #inPlace: boolean
  readonly #state: StateStore | undefined
  readonly #inputs: Graph['inputs']
  /** Tensors of what was fed last: arrays that are used again need no new ones. */
  readonly #fed = new Map<string, ort.Tensor>()
  readonly #read: readonly StateTensor[]
  readonly #written: readonly WrittenTensor[]
  /** Variables that are not written in place. */
  readonly #assigned: readonly string[]
  readonly #results: readonly ResultTensor[]

  constructor(graph: Graph, loaded: LoadedModel, state: StateStore | undefined) {
    this.model = loaded.model
    this.graph = graph
    this.#session = loaded.session
    this.#inPlace = loaded.inPlace
    this.#state = state
    this.#inputs = graph.inputs.filter((input) => !input.state)
    this.#read = graph.inputs
      .filter((input) => input.state)
      .map((input) => stateTensor(input, input.name))
    const inPlace = findInPlaceUpdates(graph)
    this.#written = graph.outputs
      .filter((output) => output.state)
      .map((output) => ({
        ...stateTensor(output, outputName(output)),
        side: inPlace.has(output) ? 'current' : 'next',
      }))
    state?.takeOver(this.#variablesOn('current'))
    this.#assigned = this.#variablesOn('next')
    state?.takeOver(this.#assigned)
    const names = nameValues(graph)
    this.#results = graph.outputs
      .filter((output) => !output.state)
      .map(({ name, value }) => {
        if (!isStatic(value.shape)) throw new TypeError('compile: shapes must be fixed')
        const data = allocate(value.dtype, Number(sizeOf(value.shape))) as Float32Array
        const tensor = new ort.Tensor(value.dtype as 'float32', data, value.shape)
        return { name, inModel: names.get(value)!, tensor }
      })
  }

  async run(feeds: Readonly<Record<string, TypedArray>>): Promise<Record<string, TypedArray>> {
    await this.#compute(feeds)
    this.#state?.swap(this.#assigned)
    return Object.fromEntries(
      this.#results.map(({ name, tensor }) => [name, tensor.data as TypedArray]),
    )
  }

  async warm(feeds: Readonly<Record<string, TypedArray>>): Promise<void> {
    const compute = () => this.#compute(feeds)
    await (this.#state?.keeping(this.#variablesOn('current'), compute) ?? compute())
  }

  async #compute(feeds: Readonly<Record<string, TypedArray>>): Promise<void> {
    const inputs: Record<string, ort.Tensor> = {}
    for (const { name, value } of this.#inputs) inputs[name] = this.#feed(name, value, feeds[name])
    for (const { name, view, shape } of this.#read) {
      inputs[name] = this.#state!.tensor(view, shape, 'current')
    }
    const outputs: Record<string, ort.Tensor> = {}
    for (const { name, view, shape, side } of this.#written) {
      outputs[name] = this.#state!.tensor(view, shape, side)
    }
    for (const { inModel, tensor } of this.#results) outputs[inModel] = tensor
    if (this.#inPlace) await runInPlace(this.#session, inputs, outputs)
    else await this.#session.run(inputs, outputs)
  }

  #feed(name: string, { dtype, shape }: Value, data: TypedArray | undefined): ort.Tensor {
    if (data === undefined || data.length !== sizeOf(shape)) {
      throw new EngineError({
        where: 'run',
        expected: `input ${name} must hold ${sizeOf(shape)} numbers`,
        given: data === undefined ? 'nothing' : data.length,
      })
    }
    const before = this.#fed.get(name)
    if (before?.data === data) return before
    const tensor = new ort.Tensor(
      dtype as 'float32',
      data as Float32Array,
      shape as readonly number[],
    )
    this.#fed.set(name, tensor)
    return tensor
  }

  /** Variables whose next values are written on a side, each once. */
  #variablesOn(side: WrittenTensor['side']): string[] {
    const written = this.#written.filter((each) => each.side === side)
    return [...new Set(written.flatMap(({ view }) => view.variables))]
  }

  async dispose(): Promise<void> {
    await this.#session.release()
  }
}

/** What the program returns under a name. An input of that name makes the model call it otherwise. */
interface ResultTensor {
  readonly name: string
  readonly inModel: string
  readonly tensor: ort.Tensor
}

/** A stretch of state as one input or output of the model. */
interface StateTensor {
  readonly name: string
  readonly view: StateView
  readonly shape: Shape
}

interface WrittenTensor extends StateTensor {
  /** `current` where it is written in place. */
  readonly side: 'current' | 'next'
}

function stateTensor(
  { name, value, view }: GraphInput | GraphOutput,
  inModel: string,
): StateTensor {
  return {
    name: inModel,
    shape: value.shape,
    view: view ?? { variables: [name], offset: 0, length: Number(sizeOf(value.shape)) },
  }
}

function requireState(graph: Graph, state: StateStore | undefined): void {
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
