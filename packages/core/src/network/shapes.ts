import { EngineError } from '@ashlar/errors'
import { type CaptureOptions, capture, type Graph, isCapturing, type Program } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { startBackend } from './backend.ts'
import { type LayerCall, observeCalls } from './calls.ts'

/** A tensor's shape as a model is built from it: `null` stands for the batch. */
export type Shape = readonly (number | null)[]

/** What {@link recordShapes} finds out. */
export interface RecordedShapes {
  /** Shapes of the outputs, the first dimension free where it was free in the inputs. */
  readonly outputs: (number | null)[][]
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
 */
export function recordShapes(
  fn: (inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  shapes: readonly Shape[],
): RecordedShapes {
  const concrete = shapes.map((shape) => shape.map((size) => size ?? 1))
  const free = shapes.some((shape) => shape[0] === null)
  let outputs: (number | null)[][] = []
  let calls: LayerCall[] = []
  const run = (inputs: tf.Tensor[]): tf.Tensor[] => {
    calls = []
    const result = observeCalls(
      (call) => calls.push(call),
      () => fn(inputs),
    )
    const results = Array.isArray(result) ? result : [result]
    outputs = results.map(({ shape }) => (free ? [null, ...shape.slice(1)] : [...shape]))
    return results
  }
  const specs = concrete.map((shape, i) => [`input${i}`, { shape, dtype: 'float32' }] as const)
  const graph = tryCapture((inputs) => {
    const results = run(specs.map(([name]) => inputs[name]!))
    return Object.fromEntries(results.map((result, i) => [`output${i}`, result]))
  }, Object.fromEntries(specs))
  if (graph === undefined) tf.tidy(() => void run(concrete.map((shape) => tf.zeros(shape))))
  return { outputs, calls, graph }
}

/** A layer may call a kernel that cannot be captured and still run on a tfjs backend: then its numbers are computed. */
function tryCapture(program: Program, inputs: CaptureOptions['inputs']): Graph | undefined {
  if (isCapturing()) return undefined
  startBackend()
  try {
    return capture(program, { inputs })
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  }
}

/** Whether these are the shapes of several inputs. */
export function isShapeList(shape: Shape | readonly Shape[]): shape is readonly Shape[] {
  return Array.isArray(shape[0])
}
