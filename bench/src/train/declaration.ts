import type { ArraySamples, Model } from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'

/** Numbers that a network and its data are built by: `{ units: 512, dropout: 0.2 }`. All languages are given the same. A rate of dropout has that name. */
export type Sizes = Readonly<Record<string, number>>

/** An optimizer, as every engine has it: Adam and AdamW with an epsilon of 1e-7, decay of matrices alone. */
export interface OptimizerSpec {
  readonly name: 'adam' | 'adamw' | 'sgd'
  readonly learningRate: number
  /** Of `sgd`; 0 by default. */
  readonly momentum?: number
  /** Of `adamw`. */
  readonly weightDecay?: number
  /** How the rate changes where a network learns, with `learningRate` as its highest; it stays where only speed is measured. */
  readonly schedule?: 'one-cycle'
}

/** What a network is to learn. */
export interface Learning {
  readonly samples: number
  readonly steps: number
}

/**
 * A network to train, its data and how: all that any engine or test asks of it. It is a folder of `works/`, with its networks for the peers in `peers.py`: functions
 * `pytorch(sizes)` and `keras_network(sizes)`, whose layers have the names of the fields here, so that weights are copied by name.
 */
export interface Declaration<S extends Sizes = Sizes> {
  /** `mlp` for `--work mlp`. */
  readonly name: string
  /** One line. */
  readonly description: string
  /** What is counted: `images`, `sequences`. */
  readonly samples: string
  /** Whether every one of its `tokens` has a label: those are counted, and perplexity is told. */
  readonly isLanguageModel?: true
  readonly batch: number
  /** Batch sizes of inference that are measured too; none by default. */
  readonly inference?: readonly number[]
  readonly sizes: S
  /** What is smaller in tests. */
  readonly tiny: Partial<NoInfer<S>>
  /** Whether the network gives logits rather than probabilities; PyTorch's always gives logits. */
  readonly fromLogits: boolean
  readonly optimizer: OptimizerSpec
  /** What it learns from, and how long, unless told. */
  readonly learns?: Learning
  /** Whether PyTorch is quicker with images stored channels last; for networks without images it means nothing. */
  readonly channelsLast: boolean
  /** Folder of `peers.py`: `import.meta.url`. */
  readonly url: string
  /** Modules of Python that its peers need besides, where it is a file: `peers.py` writes it then, by `export(sizes, path)`, and the peers train the network that it was made of. */
  readonly exportedWith?: readonly string[]
  /**
   * The network, not built yet, in ordinary TensorFlow.js.
   *
   * @param file path of the ONNX file, where it is one.
   */
  network(sizes: NoInfer<S>, file?: string): Model
  /** So many samples, drawn by chance from the seed where they are generated. */
  data(sizes: NoInfer<S>, length: number): Promise<ArraySamples> | ArraySamples
  /** The same network as a layers model of tfjs alone, for tfjs-node, which takes no part without. */
  layersModel?(): tf.LayersModel
}

/** Checks a declaration's types, and lets shared code forget which sizes it has. */
export function declareWork<S extends Sizes>(declaration: Declaration<S>): Declaration {
  return declaration
}

/** Its sizes: as measured, or as small as in tests. */
export function sizesOf({ sizes, tiny }: Declaration, isTiny: boolean): Sizes {
  return isTiny ? ({ ...sizes, ...tiny } as Sizes) : sizes
}

/** The same without dropout, so that engines of different random numbers give equal ones. */
export function withoutDropout(sizes: Sizes): Sizes {
  return 'dropout' in sizes ? { ...sizes, dropout: 0 } : sizes
}
