export type { Deployable } from './deploy/deployable.ts'
export { type KserveOptions, kserveManifest } from './deploy/kserve.ts'
export { tritonConfig } from './deploy/triton-config.ts'
export { type TritonVersion, writeTritonRepository } from './deploy/triton-repository.ts'
export {
  type Exported,
  type ExportOptions,
  exportOnnx,
  OPSETS,
} from './export-onnx.ts'
export { exporterPlugins, type OnnxExporterOptions, onnxExporter } from './exporter.ts'
export { type InspectedModel, inspectFile, inspectFileSync } from './inspect/inspect.ts'
export { registerCustomLayers } from './load/custom-layers.ts'
export { loadTfjsModel } from './load/load-model.ts'
export type { ExportReport, FileReport, FileTensor } from './report.ts'
export { type FileRunner, type OpenFile, openHere } from './run/file-runner.ts'
export type { TensorFunction } from './source/function.ts'
export type { Exportable, ImageLayout } from './source/open.ts'
export type { InputSpec, InputSpecs } from './source/source.ts'
export type { Difference, Tolerance } from './verify/compare.ts'
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
