import { asModel, inputNamesOf, listOf, outputNamesOf, type Tensors } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { moveWeightsOf, refuseStates, weightsOf } from './model.ts'
import { withRightLayersNow } from './right-layers.ts'
import {
  type ExportSource,
  type InputSpec,
  type InputSpecs,
  nameOutputs,
  withSharedBatch,
} from './source.ts'

/** A Sequential or functional model of tfjs as it can be exported, with the names of its inputs and outputs where somebody chose them. */
export function layersModelSource(
  network: tf.LayersModel,
  inputs: InputSpecs | undefined,
): ExportSource {
  // It is run once, to be built.
  const model = withRightLayersNow(() => asModel(network))
  refuseStates(model)
  const specs = withSharedBatch(inputs ?? declaredInputs(network))
  const names = Object.keys(specs)
  const outputNames = outputNamesOf(network)
  return {
    name: /^(sequential|model)_?\d*$/.test(network.name) ? network.getClassName() : network.name,
    inputs: specs,
    weights: () => weightsOf(model),
    moveWeights: (move) => moveWeightsOf(model, move),
    isBatched: true,
    run: (tensors) => {
      const given = names.map((name) => tensors[name]!)
      const list = listOf(model.apply<Tensors>(given.length === 1 ? given[0]! : given))
      if (list.length !== outputNames.length) return nameOutputs(list)
      return Object.fromEntries(list.map((each, index) => [outputNames[index]!, each]))
    },
  }
}

function declaredInputs(network: tf.LayersModel): InputSpecs {
  const names = inputNamesOf(network)
  return Object.fromEntries(
    network.inputs.map((symbol, index): [string, InputSpec] => [
      names[index]!,
      { shape: [...symbol.shape], dtype: symbol.dtype as 'float32' },
    ]),
  )
}
