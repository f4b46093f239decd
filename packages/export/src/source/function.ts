import { ConfigError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import { type ExportSource, type InputSpecs, nameOutputs } from './source.ts'

type Outputs = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>

/** A function of tensors, in the order in which its inputs are named. It may wait for numbers that follow from constants alone. */
export type TensorFunction = (...inputs: tf.Tensor[]) => Outputs | Promise<Outputs>

/**
 * A plain function as it can be exported. Tensors that it uses but does not take become constants of the file.
 *
 * @throws ConfigError when the inputs are not given: a function does not say what it takes.
 */
export function functionSource(run: TensorFunction, inputs: InputSpecs | undefined): ExportSource {
  if (inputs === undefined) {
    throw new ConfigError({
      where: 'exportOnnx',
      expected: '`inputs` must be given for a plain function',
      hint: "For example { x: { shape: [null, 28, 28, 1] } }, in the order of the function's arguments.",
    })
  }
  const names = Object.keys(inputs)
  return {
    name: run.name === '' ? 'function' : run.name,
    inputs,
    run: (tensors) => {
      const outputs = run(...names.map((name) => tensors[name]!))
      return outputs instanceof Promise ? outputs.then(nameOutputs) : nameOutputs(outputs)
    },
  }
}
