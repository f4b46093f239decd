import type { ImageLayout } from './source/open.ts'
import type { Verification } from './verify/report.ts'

/** A tensor that a file takes or gives. */
export interface FileTensor {
  readonly name: string
  readonly dtype: string
  /** Sizes that vary by their name: `['batch', 28, 28, 1]`. */
  readonly shape: readonly (number | string)[]
}

/** What an exported file is. */
export interface FileReport {
  /** Where it was written; left out when only its bytes were returned. */
  readonly path?: string
  /** Size of the model file. */
  readonly bytes: number
  /** Size of the data file beside it; left out where the weights are in the model file. */
  readonly dataBytes?: number
  /** SHA-256 of the model file, hexadecimal. */
  readonly sha256: string
  readonly opset: number
  readonly layout: ImageLayout
  /** Number of nodes, all counted. */
  readonly nodes: number
  /** How many of them are Transpose. */
  readonly transposes: number
  /** Numbers in all constants; with batch norm folded fewer than the model has. */
  readonly parameters: number
  readonly inputs: readonly FileTensor[]
  readonly outputs: readonly FileTensor[]
  /** What is known of sizes that vary: `height must be a multiple of 64`; left out where every size will do. */
  readonly sizes?: readonly string[]
}

/** What was exported, and that it equals its model. */
export interface ExportReport {
  readonly format: 'onnx'
  /** Name of the graph: that of the model's class. */
  readonly model: string
  readonly file: FileReport
  readonly verification: Verification
}
