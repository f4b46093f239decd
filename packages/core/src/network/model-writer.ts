import type { Samples } from '../data/samples.ts'

/** What an exporter may write beside the model, and check it with. */
export interface ExportDetails {
  /** What the file says of itself: experiment, dataset digest, metrics, versions. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Real samples, to hold the file against the model on. */
  readonly samples?: Samples | undefined
}

/** What writes a model in another format: as much of an exporter as a model must know of. */
export interface ModelWriter<M, Result> {
  /** See `Exporter.export`. */
  export(model: M, path: string, details?: ExportDetails): Promise<Result>
}
