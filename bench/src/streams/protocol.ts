/** Height and width of the pictures. */
export const SIDE = 64

/** Which side of a comparison a worker is. */
export type Side = 'streamed' | 'memory' | 'decode'

/** Asks a worker to train on a folder of pictures, or to read it alone, up to its first batch. */
export interface StreamRequest {
  /** One folder for each class. */
  readonly folder: string
  readonly side: Side
  /** Of a batch. */
  readonly batch: number
  /** Filters of the stem, as a part of MiniResNet's 64. */
  readonly width: number
  /** Threads that decode; undefined for the default. */
  readonly threads?: number | undefined
  /** Threads of a step; undefined for the default. */
  readonly cores?: number | undefined
}

/** Answer to `memory`. */
export interface Resident {
  /** Median over the last half of all steps, in MiB. */
  readonly resident: number
  /** Part of the time that the step has waited for its batches. */
  readonly waited: number
}
