import { EngineError } from '@ashlar/errors'
import {
  type CaptureOptions,
  capture,
  type Graph,
  isCapturing,
  type TensorProgram,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { startBackend } from './backend.ts'
import { type LayerCall, observeCalls } from './calls.ts'

/** A tensor's shape as a model is built from it: `null` stands for the batch. */
export type Shape = readonly (number | null)[]

/** What {@link recordShapes} finds out. */
export interface RecordedShapes {
  /** Shapes of the outputs, the first dimension free where it was free in the inputs. */
  readonly outputs: (number | null)[][]
  /** Names of the outputs, where what ran gave them by name. */
  readonly names: readonly string[] | undefined
  /** The calls of layers, in the order in which they end. */
  readonly calls: readonly LayerCall[]
  /** The kernels that were called; undefined when one of them cannot be captured. */
  readonly graph: Graph | undefined
}

/**
 * Runs `fn` on tensors of the given shapes for what it does to shapes: nothing is computed, but weights that layers create
 * meanwhile are real.
 *
 * @param shapes free dimensions count as 1.
 * @param dtypes float32 where left out.
 */
export function recordShapes(
  fn: (inputs: tf.Tensor[]) => Tensors,
  shapes: readonly Shape[],
  dtypes: readonly InputDtype[] = [],
): RecordedShapes {
  const concrete = shapes.map((shape) => shape.map((size) => size ?? 1))
  const free = shapes.some((shape) => shape[0] === null)
  let outputs: (number | null)[][] = []
  let calls: LayerCall[] = []
  let names: readonly string[] | undefined
  const run = (inputs: tf.Tensor[]): tf.Tensor[] => {
    calls = []
    const result = observeCalls(
      (call) => calls.push(call),
      () => fn(inputs),
    )
    names = areNamedTensors(result) ? Object.keys(result) : undefined
    const results = listOf(result)
    outputs = results.map(({ shape }) => (free ? [null, ...shape.slice(1)] : [...shape]))
    return results
  }
  const specs = concrete.map(
    (shape, i) => [`input${i}`, { shape, dtype: dtypes[i] ?? 'float32' }] as const,
  )
  const graph = tryCapture((inputs) => {
    const results = run(specs.map(([name]) => inputs[name]!))
    return Object.fromEntries(results.map((result, i) => [`output${i}`, result]))
  }, Object.fromEntries(specs))
  if (graph === undefined)
    tf.tidy(() => void run(concrete.map((shape, i) => tf.zeros(shape, dtypes[i]))))
  return { outputs, names, calls, graph }
}

/** Weights of more numbers than this are left out of the graph, and not copied: only their shapes are looked at. */
const MOST_COPIED = 4096

function nameVariable({ size, name }: tf.Variable): string | undefined {
  return size > MOST_COPIED ? name : undefined
}

/** A layer may call a kernel that cannot be captured and still run on a tfjs backend: then its numbers are computed. */
function tryCapture(program: TensorProgram, inputs: CaptureOptions['inputs']): Graph | undefined {
  if (isCapturing()) return undefined
  startBackend()
  try {
    const { nodes, ...graph } = capture(program, { inputs, nameVariable })
    const own = <T extends { readonly state: boolean }>(list: readonly T[]) =>
      list.filter(({ state }) => !state)
    return { nodes, inputs: own(graph.inputs), outputs: own(graph.outputs) }
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  }
}

/** What a tensor that a model takes may be of. */
export type InputDtype = 'float32' | 'int32' | 'bool'

/** Tensors by name: what a model of several inputs takes, or one of several outputs gives. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>

/** What a model takes or gives. */
export type Tensors = tf.Tensor | tf.Tensor[] | NamedTensors

/** Whether tensors come by name. */
export function areNamedTensors(tensors: unknown): tensors is NamedTensors {
  return (
    typeof tensors === 'object' &&
    tensors !== null &&
    !Array.isArray(tensors) &&
    !(tensors instanceof tf.Tensor)
  )
}

/** Tensors in their order. */
export function listOf(tensors: Tensors): tf.Tensor[] {
  if (tensors instanceof tf.Tensor) return [tensors]
  return Array.isArray(tensors) ? tensors : Object.values(tensors)
}

/** A named input as a model is built from it. */
export interface InputField {
  /** Its first size is the batch. */
  readonly shape: Shape
  /** `float32` when left out. */
  readonly dtype?: InputDtype | undefined
}

/** What a model is built from: the shape of its input, those of several in order, or inputs by name. */
export type BuiltFrom = Shape | readonly Shape[] | Readonly<Record<string, InputField>>

/** Whether inputs come by name. */
export function areNamedInputs(from: BuiltFrom): from is Readonly<Record<string, InputField>> {
  return !Array.isArray(from)
}

/** Whether these are the shapes of several inputs. */
export function isShapeList(shape: Shape | readonly Shape[]): shape is readonly Shape[] {
  return Array.isArray(shape[0])
}
