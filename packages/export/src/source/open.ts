import { Model } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { channelsFirst } from './channels-first.ts'
import { functionSource, type TensorFunction } from './function.ts'
import { graphModelSource } from './graph-model/graph-model.ts'
import { layersModelSource } from './layers-model.ts'
import { modelSource } from './model.ts'
import { type RawInputs, withPreprocessing } from './preprocess.ts'
import type { ExportSource, InputSpecs, NamedTensors } from './source.ts'

/** What can be exported. */
export type Exportable = Model | tf.LayersModel | tf.GraphModel | TensorFunction

/** How images lie in the inputs and outputs of a file: as tfjs has them, or channels first. */
export type ImageLayout = 'nhwc' | 'nchw'

/** How to look at what is to be exported. */
export interface SourceOptions {
  /** Shapes, types and names of the inputs; needed for plain functions and models that are not built. */
  readonly inputs?: InputSpecs | undefined
  /** Default `nhwc`. */
  readonly layout?: ImageLayout | undefined
  /** How raw data becomes samples, where the file is to do that itself: of its one input, or of those by name that are marked `inGraph`. */
  readonly preprocess?: RawInputs | undefined
  /** Names the graph of the file; default: the model's own name or that of its class. */
  readonly name?: string | undefined
}

/**
 * What is to be exported as a function of named tensors.
 *
 * @throws ConfigError when it is none of the kinds that can be exported, or does not say what it takes.
 */
export function openSource(model: Exportable, options: SourceOptions = {}): ExportSource {
  const found = withOutputsApart(sourceOf(model, options.inputs))
  const source = options.name === undefined ? found : { ...found, name: options.name }
  const raw = options.preprocess ? withPreprocessing(source, options.preprocess) : source
  return options.layout === 'nchw' ? channelsFirst(raw) : raw
}

/** A file has one name for each tensor: an output that is called as an input is gets `_output` behind its name, and a number where that is taken too. */
function withOutputsApart(source: ExportSource): ExportSource {
  const apart = (outputs: NamedTensors): NamedTensors => {
    const taken = new Set([...Object.keys(source.inputs), ...Object.keys(outputs)])
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => {
        if (!(name in source.inputs)) return [name, tensor]
        let free = `${name}_output`
        for (let count = 2; taken.has(free); count++) free = `${name}_output${count}`
        taken.add(free)
        return [free, tensor]
      }),
    )
  }
  return {
    ...source,
    run: (inputs) => {
      const outputs = source.run(inputs)
      return outputs instanceof Promise ? outputs.then(apart) : apart(outputs)
    },
  }
}

function sourceOf(model: Exportable, inputs: InputSpecs | undefined): ExportSource {
  if (model instanceof Model) return modelSource(model, inputs)
  if (model instanceof tf.LayersModel) return layersModelSource(model, inputs)
  if (model instanceof tf.GraphModel) return graphModelSource(model, inputs)
  if (typeof model === 'function') return functionSource(model, inputs)
  throw new ConfigError({
    where: 'exportOnnx',
    expected: 'must be a Model, a tfjs LayersModel or GraphModel, or a function of tensors',
    given: model,
  })
}
