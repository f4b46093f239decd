import type { Difference } from './compare.ts'
import type { InputKind } from './inputs.ts'

/** How one output came out on one set of inputs. */
export interface OutputDifference extends Difference {
  readonly output: string
  /** Set for an output of names: they differ in a share of rows, and not by an amount. */
  readonly isLabel?: true
}

/** One set of inputs, run by the model and by the file. */
export interface CaseReport {
  readonly inputs: InputKind
  /** Undefined where the batch does not vary. */
  readonly batch: number | undefined
  /** Other sizes that vary, by name; left out where there are none. */
  readonly sizes?: Readonly<Record<string, number>>
  /** How many real samples went through, in as many batches as that takes; left out for a single one. */
  readonly rows?: number
  readonly outputs: readonly OutputDifference[]
  /** Set for extreme inputs that the model itself refuses, as its file does: there is nothing to compare. */
  readonly isOutside?: true
}

/** How far one layer's output is apart. */
export interface LayerDifference {
  /** Path of the layer, as in `Model.summary()`. */
  readonly layer: string
  readonly maxAbsolute: number
  readonly allowed: number
  readonly passed: boolean
}

/** An output that is no number, by the model and by the file alike. */
export interface BrokenOutput {
  readonly output: string
  /** What it was found on; left out where no inputs gave a number. */
  readonly inputs?: InputKind
  /** How many rows of so many. */
  readonly broken?: number
  readonly rows?: number
}

/** What a file was held against, and how it came out. JSON keeps it whole. */
export interface Verification {
  readonly passed: boolean
  /** What computed the model: TensorFlow.js on a backend of its own, never onnxruntime. */
  readonly reference: {
    readonly backend: string
    readonly version: string
    /** Why backends that are tried earlier were not taken. */
    readonly passedOver: readonly string[]
  }
  /** What ran the file. */
  readonly runtime: { readonly name: string; readonly version: string }
  readonly cases: readonly CaseReport[]
  /** Set for a model whose outputs are no numbers: its file may give the same, but that proves nothing. */
  readonly broken?: BrokenOutput
  /** Largest over all cases and outputs, but for those where rounding alone moves the model's own by more than a thousandth. */
  readonly maxAbsolute: number
  readonly maxRelative: number
  /** Smallest over all cases; left out when no output has classes. */
  readonly argMaxAgreement?: number
  /** Share of real samples that each side gets right, when labels are there. */
  readonly accuracy?: { readonly samples: number; readonly model: number; readonly file: number }
  /** Each layer's difference in the order of execution, on the first inputs that failed; only after a failure. */
  readonly layers?: readonly LayerDifference[]
}
