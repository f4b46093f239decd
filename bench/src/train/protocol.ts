import type { DataFiles } from './data/files.ts'
import type { Work } from './work.ts'

/** Asks a worker to get ready and do one step, or one prediction, to its end. */
export interface PrepareRequest {
  readonly work: Work
  readonly threads: number
  readonly data: DataFiles
  /** Which of the engine's ways: `eager`, `fused`, `compile` for PyTorch; for Ashlar an execution provider, empty for the CPU. */
  readonly variant: string
}

/** What a worker says when it is ready. */
export interface Prepared {
  /** Of what is measured: `onnxruntime 1.30.0`. */
  readonly version: string
  /** Seconds of processor time from the start of the process to here. */
  readonly processor: number
}

/** Answer to `details`, which is asked for once the first step is done. */
export interface Details {
  /** Multiply-adds of a training step counted twice, for one sample; where the engine counts them. */
  readonly flops?: number
}

/** Answer to `memory`. */
export interface MemoryUse {
  /** The most that the process has held at once, in MiB. */
  readonly peak: number
}

/** Asks for some steps in the order of the data, from given weights, so that engines can be held against each other. Answered by {@link Learnt}. */
export interface LearnRequest extends PrepareRequest {
  /** A safetensors file with the weights to begin with, which Ashlar writes where `draws` says so. */
  readonly weights: string
  /** The seed that the first weights are drawn from, by Ashlar alone. */
  readonly draws?: number
  readonly steps: number
  /** Samples at the end of the data that are not trained on, but tested at the end; 0 for none. */
  readonly tested: number
}

/** What came of it. */
export interface Learnt {
  /** Numbers in the network that an optimizer changes. */
  readonly parameters: number
  /** Mean loss of each batch, taken before its update. */
  readonly losses: readonly number[]
  /** Of an execution provider: ops that it left to another, `Gather x 3`. */
  readonly fallbacks?: readonly string[]
  /** Of the samples that were left for it. */
  readonly test?: { readonly loss: number; readonly accuracy: number }
}
