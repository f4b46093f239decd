import { observeLayerOutputs } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { ExportSource } from '../source/source.ts'
import { fromTensor, type NamedData, type TensorData, toTensor } from './tensors.ts'

/**
 * Runs a source on tfjs's current backend.
 *
 * @param onLayer is told of each layer's output as it comes.
 */
export function runEagerly(
  source: ExportSource,
  feeds: NamedData,
  onLayer?: (layer: string, data: TensorData) => void,
): NamedData {
  const outputs: Record<string, TensorData> = {}
  tf.tidy(() => {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => [name, toTensor(data)]),
    )
    const results = onLayer
      ? observeLayerOutputs(
          { layerOutput: (output, layer) => onLayer(layer, fromTensor(output)) },
          () => source.run(inputs),
        )
      : source.run(inputs)
    for (const [name, tensor] of Object.entries(results)) outputs[name] = fromTensor(tensor)
  })
  return outputs
}
