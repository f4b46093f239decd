import type { Judgement } from './judge.ts'
import type { Speed } from './speed.ts'

/** What a file is reduced to: half precision, int8 with ranges that were seen before, or int8 with ranges found in each run. */
export type Reduction = 'fp16' | 'int8' | 'dynamic'

/** What reducing one layer alone does to the outputs. */
export interface LayerLoss {
  readonly layer: string
  /** Squared difference of the outputs as a share of their variance. */
  readonly noise: number
}

/** What was written, and what it costs. */
export interface ReductionReport {
  readonly format: 'onnx'
  readonly reduction: Reduction
  readonly file: { readonly path?: string; readonly bytes: number; readonly sha256: string }
  /** The float file. */
  readonly from: { readonly path: string; readonly bytes: number }
  /** Bytes of the file as a share of the float file's. */
  readonly size: number
  /** What it was judged on: samples that were given, or made-up numbers. */
  readonly judgedOn: 'samples' | 'made-up'
  readonly judgement: Judgement
  readonly maxDrop: number
  readonly speed: readonly Speed[]
  readonly runtime: { readonly name: string; readonly version: string }
  /** Layers that are reduced, how many. */
  readonly layers: number
  /** Layers that were kept float because they hurt most. */
  readonly kept: readonly string[]
}
