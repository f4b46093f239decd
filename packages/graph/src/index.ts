export {
  type AsyncProgram,
  type CaptureInput,
  type CaptureOptions,
  capture,
  type TensorProgram,
} from './capture/capture.ts'
export {
  type Carrier,
  cond,
  condAsync,
  knownNumbers,
  mayUnroll,
  whileLoop,
  whileLoopAsync,
} from './capture/control-flow.ts'
export {
  captureDynamic,
  captureDynamicAsync,
  type DynamicCaptureOptions,
  type DynamicInput,
} from './capture/dynamic.ts'
export { type FingerprintLine, fingerprint, firstDifference } from './capture/fingerprint.ts'
export { isCapturing, onHost } from './capture/host.ts'
export { indexedSizes } from './capture/indices.ts'
export { type ScanResult, type ScanStep, scan } from './capture/scan.ts'
export type { AxisSize, FreeSizeSpec } from './capture/size-classes.ts'
export {
  captureSteady,
  captureUnconfirmed,
  type SteadyGraph,
  type UnconfirmedGraph,
} from './capture/steady.ts'
export { capturedKernels, capturedValue } from './capture/under-way.ts'
export { keepingVariables } from './capture/variables.ts'
export type { Dim, DType, Graph, Node, Shape, TypedArray, Value } from './ir/index.ts'
export * as ir from './ir/index.ts'
export { transposeNumbers } from './ir/transpose-numbers.ts'
export { OnnxBuilder } from './lower/builder.ts'
export type { LowerContext, Lowered, Placed } from './lower/context.ts'
export type { Layout } from './lower/layout.ts'
export { portableTarget, type Target } from './lower/target.ts'
export { outputName } from './onnx/names.ts'
export { onnx } from './onnx/proto.ts'
export { type ExternalData, type WriteOptions, writeOnnx } from './onnx/write.ts'
export {
  defineKernel,
  type ExampleInput,
  type InferContext,
  type KernelDeclaration,
  type KernelExample,
  type SizedSpec,
  type TensorSpec,
} from './ops/declaration.ts'
export { erf } from './ops/exact.ts'
export { multiplyAdds } from './ops/multiply-adds.ts'
export { isRecurrentActivation, type RecurrentActivation } from './ops/recurrent.ts'
export { findKernel, listKernels, registerKernels } from './ops/registry.ts'
export { registerOps } from './ops/table.ts'
export { type ExportPassOptions, optimizeForExport } from './passes/export.ts'
export { lower } from './passes/lowering/lower.ts'
export { optimize } from './passes/optimize.ts'
export { outputRange, type Range, rangeOf } from './plan/range.ts'
export {
  type CompiledProgram,
  compile,
  type ProgramOptions,
  type RunnableProgram,
} from './run/compile.ts'
export { compileKept, type Keeping } from './run/compile-kept.ts'
export { cpuTarget } from './run/cpu-target.ts'
export { type ExplainPlan, explain, type Fallback, type PlanRow } from './run/explain.ts'
export { type ModelTensor, type OpenOnnx, openOnnx } from './run/open-onnx.ts'
export { StateStore } from './run/state-store.ts'
export { type LayerTimes, timeLayers } from './run/time-layers.ts'
export {
  type LayerOutputListener,
  layersAreObserved,
  markLayerOutput,
  observeLayerOutputs,
} from './scope/layer-outputs.ts'
export { currentScope, scope } from './scope/scope.ts'
export { type EngineOptions, FORMS, type Forms } from './session/options.ts'
export {
  createSession,
  missingLibrary,
  offeredProviders,
  type SessionOptions,
} from './session/session.ts'
export { type Repaired, repairTfjs } from './tfjs/repair.ts'
export { wrongKernels } from './tfjs/wrong-kernels.ts'
