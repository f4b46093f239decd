import type { Work } from '../train/work.ts'
import type { ExportWork } from './work.ts'

/** Asks an exporting worker to build the network. It answers with {@link Versions}. */
export interface BuildRequest {
  readonly work: ExportWork
  /** Its network, as the bench `train` has it. */
  readonly network: Work
  readonly threads: number
  /** Which of the worker's ways: `unverified` for Ashlar. */
  readonly variant: string
}

/** What a worker exports with: `keras 3.15.1, tf2onnx 1.17.0`. */
export interface Versions {
  readonly version: string
}

/** Asks an exporting worker to write the file. It answers with {@link Timed}. */
export interface ExportRequest {
  readonly path: string
}

/** How long the export took. */
export interface Timed {
  readonly seconds: number
}

/** Asks the worker that runs files to load them. It answers with {@link Versions}. */
export interface LoadRequest {
  /** Paths by engine. */
  readonly files: Readonly<Record<string, string>>
  readonly layout: ExportWork['layout']
  readonly threads: number
}

/** Asks it to run one of them. It answers with `Measured`. */
export interface RunRequest {
  readonly engine: string
  readonly batch: number
  readonly seconds: number
}
