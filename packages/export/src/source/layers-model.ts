import { asModel } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { moveWeightsOf, refuseStates, weightsOf } from './model.ts'
import { uniqueNames } from './names.ts'
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
  const outputNames = uniqueNames(network.outputNames.map((name) => chosenName(name) ?? 'output'))
  return {
    name: /^(sequential|model)_?\d*$/.test(network.name) ? network.getClassName() : network.name,
    inputs: specs,
    weights: () => weightsOf(model),
    moveWeights: (move) => moveWeightsOf(model, move),
    isBatched: true,
    run: (tensors) => {
      const given = names.map((name) => tensors[name]!)
      const outputs = model.apply<tf.Tensor | tf.Tensor[]>(given.length === 1 ? given[0]! : given)
      const list = Array.isArray(outputs) ? outputs : [outputs]
      if (list.length !== outputNames.length) return nameOutputs(list)
      return Object.fromEntries(list.map((each, index) => [outputNames[index]!, each]))
    },
  }
}

function declaredInputs(network: tf.LayersModel): InputSpecs {
  const names = uniqueNames(network.inputNames.map((name) => chosenName(name) ?? 'input'))
  return Object.fromEntries(
    network.inputs.map((symbol, index): [string, InputSpec] => [
      names[index]!,
      { shape: [...symbol.shape], dtype: symbol.dtype as 'float32' },
    ]),
  )
}

/**
 * The name of an input or output as it stands in the model; undefined for one that tfjs made up from class names and a counter of the process, such as
 * `dense_Dense7`: the same program would give another name the next time.
 */
function chosenName(name: string): string | undefined {
  const plain = name.replace(/_input$/, '')
  const [, word, className] = plain.match(/^(?:(.+)_)?([A-Za-z0-9]+?)\d+$/) ?? []
  const isMadeUp =
    className !== undefined &&
    (word === undefined ? className === 'input' : snakeCase(className) === word)
  return isMadeUp ? undefined : name
}

/** As tfjs makes names from class names: `BatchNormalization` becomes `batch_normalization`. */
function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
