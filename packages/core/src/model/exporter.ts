import { defineKind, type Kind } from '@ashlar/plugins'
import type { FieldInfo } from '../data/fields.ts'
import type { Samples } from '../data/samples.ts'
import type { ExportDetails, ModelWriter } from '../network/model-writer.ts'
import type { Predictions } from '../training/predict.ts'
import type { Model } from './model.ts'

/** What a file that may come from anybody may take up while it runs. */
export interface FileLimits {
  /** Seconds that loading it and each run of one batch may take; default 60. */
  readonly seconds?: number | undefined
  /** MiB that its process may hold; default 4,096 and four times the size of the file. */
  readonly memory?: number | undefined
}

/** How a file that is there already is run. */
export interface FileDetails extends ExportDetails {
  readonly limits?: FileLimits | undefined
}

/** Writes a model in another format. Packages provide exporters; `core` knows none. */
export interface Exporter<Result = unknown> extends ModelWriter<Model, Result> {
  readonly name: string
  /**
   * Looks at the data that a model is to be trained on, before it is.
   *
   * @throws ConfigError where the file of such a model could not have what the options ask for.
   */
  check?(info: FieldInfo): void
  /**
   * @param path the file to write; complete or not there at all.
   * @returns a description of what was written.
   * @throws ExportError when the model cannot be expressed in the format, or the file does not equal the model.
   */
  export(model: Model, path: string, details?: ExportDetails): Promise<Result>
  /**
   * Holds a file that was exported earlier against the model again; changes neither.
   *
   * @throws ExportError when the file does not equal the model.
   * @throws DataError when the file cannot be read, or goes beyond the limits.
   */
  verify?(model: Model, path: string, details?: FileDetails): Promise<unknown>
  /**
   * Runs a file that was exported earlier on samples: what `Model.predict` gives, computed by the file.
   *
   * @throws DataError when the file cannot be read, or goes beyond the limits.
   */
  predict?(path: string, samples: Samples, limits?: FileLimits): Promise<Predictions>
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    exporter: Exporter
  }
}

/** Formats that a model is written in. */
export const exporterKind: Kind<'exporter'> = defineKind('exporter')
