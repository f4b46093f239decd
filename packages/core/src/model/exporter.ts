import type { Model } from './model.ts'

/** Writes a model in another format. Packages provide exporters; `core` knows none. */
export interface Exporter<Result = unknown> {
  readonly name: string
  /**
   * @param path the file to write; complete or not there at all.
   * @returns a description of what was written.
   * @throws ExportError when the model cannot be expressed in the format, or the file does not equal the model.
   */
  export(model: Model, path: string): Promise<Result>
}
