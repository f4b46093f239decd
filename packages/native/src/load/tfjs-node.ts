import type { GraphModel, Tensor } from '@tensorflow/tfjs'

/** The parts of @tensorflow/tfjs-node that are used here; its own types need not be installed. */
export interface TfjsNode {
  /** Versions of tfjs's packages by name. */
  readonly version: Readonly<Record<string, string>>
  readonly node: {
    summaryFileWriter(
      folder: string,
      maxQueue?: number,
      flushMilliseconds?: number,
      suffix?: string,
    ): SummaryWriter
    getMetaGraphsFromSavedModel(folder: string): Promise<readonly MetaGraph[]>
    loadSavedModel(
      folder: string,
      tags?: readonly string[],
      signature?: string,
    ): Promise<LoadedSavedModel>
    decodeImage(contents: Uint8Array, channels?: number): Tensor
  }
}

/** Writes one event file. */
export interface SummaryWriter {
  scalar(name: string, value: Tensor | number, step: number, description?: string): void
  histogram(name: string, data: Tensor, step: number, buckets?: number, description?: string): void
  flush(): void
}

/** One input or output of a signature. */
export interface SignatureTensor {
  readonly dtype: string
  readonly tfDtype: string
  /** With the index of its output: `serving_default_x:0`. */
  readonly name: string
  readonly shape: unknown
}

/** One graph of a SavedModel, by its tags. */
export interface MetaGraph {
  readonly tags: readonly string[]
  readonly signatureDefs: Readonly<
    Record<
      string,
      {
        readonly inputs: Readonly<Record<string, SignatureTensor>>
        readonly outputs: Readonly<Record<string, SignatureTensor>>
      }
    >
  >
}

/** A SavedModel that runs in TensorFlow itself. */
export interface LoadedSavedModel {
  readonly inputs: readonly unknown[]
  readonly outputs: readonly unknown[]
  predict: GraphModel['predict']
  dispose(): void
}

/** The C++ binding's own functions, as far as they are used here. */
export interface RawBinding {
  readonly TF_Version: string
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number
  loadSavedModel(folder: string, tags: string): number
  deleteSavedModel(session: number): void
  runSavedModel(
    session: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): readonly { readonly id: number; readonly shape: readonly number[]; readonly dtype: number }[]
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  deleteTensor(id: number): void
}
