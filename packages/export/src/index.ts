export type { Deployable } from './deploy/deployable.ts'
export { type KserveOptions, kserveManifest } from './deploy/kserve.ts'
export { type TritonVersion, writeTritonRepository } from './deploy/triton-repository.ts'
export {
  type Exported,
  type ExportOptions,
  exportOnnx,
} from './export-onnx.ts'
export { exporterPlugins, type OnnxExporterOptions, onnxExporter } from './exporter.ts'
export { type InspectedModel, inspectFile, inspectFileSync } from './inspect/inspect.ts'
export { registerCustomLayers } from './load/custom-layers.ts'
export { loadTfjsModel } from './load/load-model.ts'
export type { Judgement } from './reduce/judge.ts'
export type { OutputJudgement } from './reduce/output-judge.ts'
export {
  REDUCTION_KEY,
  type Reduced,
  type ReduceOptions,
  type ReduceSamples,
  reduceOnnx,
} from './reduce/reduce-onnx.ts'
export type { LayerLoss, Reduction, ReductionReport } from './reduce/report.ts'
export type { Speed } from './reduce/speed.ts'
export { describeDrop } from './reduce/words.ts'
export type { ExportReport, FileReport, FileTensor } from './report.ts'
export { type FileRunner, type OpenFile, openHere } from './run/file-runner.ts'
export type { TensorFunction } from './source/function.ts'
export type { Exportable, ImageLayout } from './source/open.ts'
export type { InputSpec, InputSpecs } from './source/source.ts'
export {
  TRAINING_KEY,
  type WriteTrainingStepOptions,
  type WrittenTrainingStep,
  writeTrainingStep,
} from './training-step/write-training-step.ts'
export { unfoldedOnnx } from './unfolded.ts'
export type { Difference } from './verify/compare.ts'
export type { InputKind } from './verify/inputs.ts'
export type {
  CaseReport,
  LayerDifference,
  OutputDifference,
  Verification,
} from './verify/report.ts'
export { type VerifyFileOptions, verifyModelFile } from './verify-file.ts'
export {
  parseReport,
  type StoredReport,
  type StoredVerification,
  verifyStoredFile,
} from './verify-stored.ts'
