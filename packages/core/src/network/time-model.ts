import { EngineError } from '@ashlar/errors'
import { capture, type LayerTimes, optimizeForExport, timeLayers } from '@ashlar/graph'
import { startBackend } from './backend.ts'
import type { Network } from './network.ts'
import { listOf, type Shape } from './shapes.ts'
import { isWithin, modelToRecord } from './summary.ts'

export type { LayerTimes }

/** What is timed. */
export interface TimeModelOptions {
  /** As for `Model.summary`. */
  readonly inputShape?: Shape | undefined
  /** 1 by default, as FLOPs are those of one sample. */
  readonly batchSize?: number | undefined
}

const ARRAYS = { int32: Int32Array, bool: Uint8Array } as const

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
  const { shapes, dtypes, run } = modelToRecord(model, inputShape)
  startBackend()
  const sizes = shapes.map((shape) => [batchSize, ...shape.slice(1).map((size) => size ?? 1)])
  const inputs = Object.fromEntries(
    sizes.map((shape, at) => [`input${at}`, { shape, dtype: dtypes?.[at] ?? 'float32' }] as const),
  )
  try {
    const captured = capture(
      (given) => {
        const outputs = listOf(run(Object.keys(inputs).map((name) => given[name]!)))
        return Object.fromEntries(outputs.map((each, i) => [`output${i}`, each]))
      },
      { inputs },
    )
    const graph = await optimizeForExport(captured, OPSET)
    // What picks rows by whole numbers needs no more than one row.
    const fed = Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const { data } = madeUp(shape)
      const own = dtype === 'float32' ? data : new ARRAYS[dtype](data.length)
      return [name, { shape, data: own, ...(dtype === 'bool' && { dtype }) }]
    })
    return await timeLayers(graph, OPSET, Object.fromEntries(fed))
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
