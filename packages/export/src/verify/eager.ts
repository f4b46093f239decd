import { keepingVariables, type LayerOutputListener, observeLayerOutputs } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { withRightLayers } from '../source/right-layers.ts'
import type { ExportSource } from '../source/source.ts'
import { fromTensor, type NamedData, type TensorData, toTensor } from '../tensors.ts'

/**
 * Runs a source on tfjs's current backend.
 *
 * @param onLayer is told of each layer's output as it comes.
 */
export async function runEagerly(
  source: ExportSource,
  feeds: NamedData,
  onLayer?: (layer: string, data: TensorData) => void,
): Promise<NamedData> {
  const listener: LayerOutputListener | undefined = onLayer && {
    layerOutput: (output, layer) => onLayer(layer, fromTensor(output)),
  }
  // As tf.tidy does, around a program that may wait.
  tf.engine().startScope('eager')
  try {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => [name, toTensor(data)]),
    )
    // What the model assigns, a file cannot: it begins with the same numbers each time.
    const run = () => keepingVariables(() => withRightLayers(() => source.run(inputs)))
    const results = await (listener ? observeLayerOutputs(listener, run) : run())
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, fromTensor(tensor)]),
    )
  } finally {
    tf.engine().endScope()
  }
}
