import type { FileTensor } from '../report.ts'

/** A model file as other servers are told of it. */
export interface Deployable {
  /** Name under which servers answer for it: letters, digits, dots, dashes and underscores. */
  readonly name: string
  /** The ONNX file. */
  readonly file: string
  readonly inputs: readonly FileTensor[]
  readonly outputs: readonly FileTensor[]
  /** Names of the classes, in the order of the one output. */
  readonly labels?: readonly string[] | undefined
}
