import { EngineError } from '@ashlar/errors'
import { capture, type LayerTimes, optimizeForExport, timeLayers } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'
import { startBackend } from './backend.ts'
import type { Network } from './network.ts'
import type { Shape } from './shapes.ts'
import { isWithin, shapeToSummarize } from './summary.ts'

export type { LayerTimes }

/** What is timed. */
export interface TimeModelOptions {
  /** As for `Model.summary`. */
  readonly inputShape?: Shape | undefined
  /** 1 by default, as FLOPs are those of one sample. */
  readonly batchSize?: number | undefined
}

/** Operator set of the file that is timed, as exports have it by default. */
const OPSET = 17

/**
 * Measures what each layer takes in inference: the model as the ONNX file that it would be exported as, on onnxruntime, the median of some dozens of runs on
 * made-up numbers.
 *
 * @returns undefined for a model that has no meaning in ONNX.
 */
export async function timeModel(
  model: Network,
  { inputShape, batchSize = 1 }: TimeModelOptions = {},
): Promise<LayerTimes | undefined> {
  const shape = shapeToSummarize(model, inputShape)
  model.build(shape)
  startBackend()
  const sizes = [batchSize, ...shape.slice(1).map((size) => size ?? 1)]
  try {
    const captured = capture(
      ({ input }) => {
        const output = model.apply<tf.Tensor | tf.Tensor[]>(input!, { training: false })
        const outputs = Array.isArray(output) ? output : [output]
        return Object.fromEntries(outputs.map((each, i) => [`output${i}`, each]))
      },
      { inputs: { input: { shape: sizes, dtype: 'float32' } } },
    )
    const graph = await optimizeForExport(captured, OPSET)
    return await timeLayers(graph, OPSET, { input: madeUp(sizes) })
  } catch (error) {
    if (error instanceof EngineError) return undefined
    throw error
  }
}

/** Between 0 and 1, and no two neighbours alike: a plane of zeros is not what anybody predicts. */
function madeUp(shape: readonly number[]): { shape: readonly number[]; data: Float32Array } {
  const length = shape.reduce((size, each) => size * each, 1)
  return { shape, data: Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 1009) }
}

/** What a layer takes with all layers inside; undefined where it is computed together with others. */
export function layerTime({ layers }: LayerTimes, path: string): number | undefined {
  let sum: number | undefined
  for (const [name, milliseconds] of layers) {
    if (isWithin(name, path)) sum = (sum ?? 0) + milliseconds
  }
  return sum
}
