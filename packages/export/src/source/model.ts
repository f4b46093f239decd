import type { Model } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { type ExportSource, type InputSpecs, nameOutputs } from './source.ts'

/**
 * A Model as it can be exported: its one input is `input`, several are `input1`, `input2`, ... unless `inputs` names them, in the order in which
 * `call` takes them.
 *
 * @throws ConfigError when the model is not built and no inputs are given.
 */
export function modelSource(model: Model, inputs: InputSpecs | undefined): ExportSource {
  const specs = inputs ?? builtInputs(model)
  const names = Object.keys(specs)
  return {
    name: model.getClassName(),
    inputs: specs,
    isExact: true,
    isBatched: true,
    run: (tensors) => {
      const given = names.map((name) => tensors[name]!)
      return nameOutputs(
        model.apply<tf.Tensor | tf.Tensor[]>(given.length === 1 ? given[0]! : given),
      )
    },
  }
}

function builtInputs(model: Model): InputSpecs {
  const shape = model.inputShape
  if (shape === undefined) {
    throw new ConfigError({
      where: `${model.getClassName()} export`,
      expected: 'the model must be built, or `inputs` given',
      hint: 'Call build([null, ...inputShape]), fit or predict first.',
    })
  }
  const isList = Array.isArray(shape[0])
  if (!isList) return { input: { shape: shape as readonly (number | null)[] } }
  return Object.fromEntries(
    (shape as readonly (readonly (number | null)[])[]).map((each, index) => [
      `input${index + 1}`,
      { shape: each },
    ]),
  )
}
