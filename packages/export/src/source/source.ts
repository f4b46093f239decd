import type { WeightNumbers } from '@ashlar/core'
import type { AxisSize } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'
import type { TensorData } from '../tensors.ts'

/** A tensor that a model takes. */
export interface InputSpec {
  /**
   * `null` stands for a size that may vary. A name stands for one that several axes share: `'time'`. What is known of it can be said:
   * `{ name: 'height', multipleOf: 32, min: 32, max: 1024 }`.
   */
  readonly shape: readonly AxisSize[]
  /** Default float32. The model sees `uint8` as float32. */
  readonly dtype?: 'float32' | 'int32' | 'bool' | 'uint8'
  /** Smallest and largest value that makes sense, for the inputs that verification makes up. Found by itself for indices. */
  readonly range?: readonly [number, number]
  /** Of a last axis that is columns of a table: the smallest and largest of the whole numbers in each; undefined for one that holds any number. */
  readonly columns?: readonly (readonly [number, number] | undefined)[]
}

/** Inputs by name. */
export type InputSpecs = Readonly<Record<string, InputSpec>>

/** Whether the size of an axis may vary. */
export function isFree(size: AxisSize): size is Exclude<AxisSize, number> {
  return typeof size !== 'number'
}

/** Inputs of a model whose first axis is the batch: one for all of them. */
export function withSharedBatch(specs: InputSpecs): InputSpecs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]): [string, InputSpec] => {
      const [batch, ...rest] = spec.shape
      return [name, batch === null ? { ...spec, shape: ['batch', ...rest] } : spec]
    }),
  )
}

/** Tensors by name. */
export type NamedTensors = Record<string, tf.Tensor>

/** Something that can be exported: a function of named tensors, and what it takes. */
export interface ExportSource {
  /** Name of the graph in the file. */
  readonly name: string
  readonly inputs: InputSpecs
  /** Runs in inference mode. Works while captured as well as eagerly. May wait for numbers that follow from constants alone. */
  run(inputs: Readonly<Record<string, tf.Tensor>>): NamedTensors | Promise<NamedTensors>
  /**
   * Its weights, to be looked at before anything is made of them. Left out by a plain function, whose constants are its own affair, as are outputs that are
   * no numbers.
   */
  weights?(): Iterable<WeightNumbers>
  /**
   * Moves every number of its weights, for as long as what it returns is not called: how far outputs go with them says what rounding comes to, see
   * `verify/sensitivity.ts`. Left out where weights are not at hand.
   */
  moveWeights?(move: (name: string, data: Float32Array) => Float32Array): () => void
  /** The most terms that a number is the sum of in its products with constants, as its graph says; asked where weights are not at hand. */
  readonly longestSum?: number
  /** Whether its sums are those of its weights and inputs alone, so that a number that is 0 is exactly that. So it is with models that were trained here. */
  readonly isExact?: true
  /** Whether the first axis of every input and output is the batch, and samples do not see each other: so it is with models, and nobody knows it of functions. */
  readonly isBatched?: true
  /** The inputs as samples of a dataset have them, where `inputs` are turned. */
  readonly sampleInputs?: InputSpecs
  /** Turns samples of a dataset as `inputs` are turned. */
  fromSample?(samples: TensorData, input: string): TensorData
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
