import type { DataFiles } from './data.ts'
import type { Work } from './work.ts'

/** Asks a worker to get ready and do one step, or one prediction, to its end. */
export interface PrepareRequest {
  readonly work: Work
  readonly threads: number
  readonly data: DataFiles
  /** Which of the engine's ways: `eager`, `fused`, `compile` for PyTorch. */
  readonly variant: string
}

/** What a worker says when it is ready. */
export interface Prepared {
  /** Of what is measured: `onnxruntime 1.30.0`. */
  readonly version: string
  /** Multiply-adds of a training step counted twice, for one image; where the engine counts them. */
  readonly flops?: number
}

/** Answer to `memory`. */
export interface MemoryUse {
  /** The most that the process has held at once, in MiB. */
  readonly peak: number
}
