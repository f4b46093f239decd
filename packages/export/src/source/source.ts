import type * as tf from '@tensorflow/tfjs'
import type { TensorData } from '../verify/tensors.ts'

/** A tensor that a model takes. */
export interface InputSpec {
  /** `null` stands for a size that may vary. */
  readonly shape: readonly (number | null)[]
  /** Default float32. */
  readonly dtype?: 'float32' | 'int32' | 'bool'
  /** Smallest and largest value that makes sense, for the inputs that verification makes up. Found by itself for indices. */
  readonly range?: readonly [number, number]
}

/** Inputs by name. */
export type InputSpecs = Readonly<Record<string, InputSpec>>

/** Tensors by name. */
export type NamedTensors = Record<string, tf.Tensor>

/** Something that can be exported: a function of named tensors, and what it takes. */
export interface ExportSource {
  /** Name of the graph in the file. */
  readonly name: string
  readonly inputs: InputSpecs
  /** Runs in inference mode. Works while captured as well as eagerly. May wait for numbers that follow from constants alone. */
  run(inputs: Readonly<Record<string, tf.Tensor>>): NamedTensors | Promise<NamedTensors>
  /** Whether each output must be within the tolerance, without allowance for how far rounding moves the model itself. */
  readonly isExact?: true
  /** Whether the first axis of every input and output is the batch, and samples do not see each other: so it is with models, and nobody knows it of functions. */
  readonly isBatched?: true
  /** The inputs as samples of a dataset have them, where `inputs` are turned. */
  readonly sampleInputs?: InputSpecs
  /** Turns samples of a dataset as `inputs` are turned. */
  fromSample?(samples: TensorData): TensorData
}

/** Names outputs: a record as it is, a single tensor `output`, several `output1`, `output2`, ... */
export function nameOutputs(
  outputs: tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  if (isTensor(outputs)) return { output: outputs }
  if (Array.isArray(outputs)) {
    const list = outputs as readonly tf.Tensor[]
    if (list.length === 1) return { output: list[0]! }
    return Object.fromEntries(list.map((each, index) => [`output${index + 1}`, each]))
  }
  return { ...(outputs as Readonly<Record<string, tf.Tensor>>) }
}

function isTensor(value: object): value is tf.Tensor {
  return 'dataId' in value && 'dtype' in value
}
