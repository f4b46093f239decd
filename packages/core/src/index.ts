export type { Augmentation, MixedLabels, TrainingBatch } from './augmentation/augmentation.ts'
export { type DrawKey, uniformDraws } from './augmentation/draws.ts'
export { type EraseOptions, erase } from './augmentation/erase.ts'
export {
  type CropOptions,
  crop,
  type FlipOptions,
  flip,
  type RotateOptions,
  rotate,
  type SamplingOptions,
  type ShiftOptions,
  shift,
} from './augmentation/geometry.ts'
export { augmentationPlugins } from './augmentation/index.ts'
export { mixup } from './augmentation/mixup.ts'
export { type Interpolation, imageSizes, sampleAt } from './augmentation/sampling.ts'
export { type BestWeightsOptions, bestWeights } from './callbacks/best-weights.ts'
export { type CheckpointOptions, checkpoint } from './callbacks/checkpoint.ts'
export { csvLog } from './callbacks/csv-log.ts'
export { type EarlyStoppingOptions, earlyStopping } from './callbacks/early-stopping.ts'
export { type MetricsLogOptions, metricsLog } from './callbacks/metrics-log.ts'
export type { MonitorOptions } from './callbacks/monitor.ts'
export { type NanGuardOptions, nanGuard } from './callbacks/nan-guard.ts'
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './callbacks/reduce-on-plateau.ts'
export { type TimeBudgetOptions, timeBudget } from './callbacks/time-budget.ts'
export { type FoundCheckpoint, readCheckpoint } from './checkpoints/read.ts'
export { writeCheckpoint } from './checkpoints/write.ts'
export { check } from './config/check.ts'
export { importModule } from './config/import-module.ts'
export type { EnvironmentAccess } from './config/interpolate.ts'
export { inWords, type JsonSchema, jsonSchema } from './config/json-schema.ts'
export { applyOverrides } from './config/overrides.ts'
export { parseYaml, toYaml } from './config/yaml.ts'
export {
  type Batch,
  type BatchOptions,
  batchCount,
  batches,
  takeSamples,
} from './data/batches.ts'
export type {
  Dataset,
  DatasetInfo,
  DatasetSplits,
  LabelData,
  LeftOut,
  SampleData,
  Split,
} from './data/dataset.ts'
export { type Fold, type FoldOptions, foldAt, folds } from './data/folds.ts'
export { shuffledIndices } from './data/shuffle.ts'
export type { Arrays, Engine, EngineSession, PreparedProgram, Program } from './engines/engine.ts'
export { enginePlugins } from './engines/index.ts'
export { onnxruntimeEngine } from './engines/onnxruntime.ts'
export { type TfjsEngineOptions, tfjsEngine } from './engines/tfjs.ts'
export { type Agreement, agreementOf } from './evaluation/agreement.ts'
export type { CalibrationBin } from './evaluation/calibration.ts'
export {
  type ClassificationOptions,
  type ClassificationReport,
  type ClassMean,
  type ClassReport,
  classificationReport,
} from './evaluation/classification.ts'
export { type Probabilities, toProbabilities } from './evaluation/probabilities.ts'
export { type RegressionReport, regressionReport } from './evaluation/regression.ts'
export { type EvaluationReport, evaluationReport } from './evaluation/report.ts'
export { buildExperiment, type ExperimentParts } from './experiment/build.ts'
export { type Composed, type ComposeOptions, composeExperiment } from './experiment/compose.ts'
export {
  type FoldExperiment,
  foldExperiments,
  foldFolder,
  summarizeFolds,
  type TrainedFold,
} from './experiment/cross-validation.ts'
export { defineExperiment, type TypedExperiment, type TypedReference } from './experiment/define.ts'
export { describeRun, type RunDescription, readDescription } from './experiment/description.ts'
export { type ExperimentJsonSchema, experimentJsonSchema } from './experiment/json-schema.ts'
export { type LoadOptions, loadExperiment } from './experiment/load.ts'
export {
  type CarriedExperiment,
  exportMetadata,
  readExportMetadata,
} from './experiment/metadata.ts'
export { experimentExtensions } from './experiment/read-file.ts'
export {
  type ResolvedExperiment,
  type ResolveOptions,
  resolveExperiment,
} from './experiment/resolve.ts'
export { refuseChanges } from './experiment/resume.ts'
export { type RunOptions, resolveRun, testParts } from './experiment/run-config.ts'
export { type FoldSummary, parseSummary, type RunSummary } from './experiment/run-summary.ts'
export type {
  CallbackInput,
  Experiment,
  ExperimentInput,
  FoldChoice,
  FoldInput,
} from './experiment/schema.ts'
export { openCheckpoint, type TrainOptions, trainExperiment } from './experiment/train.ts'
export { type OpenOptions, openTrained, type TrainedRun } from './experiment/trained.ts'
export { binaryCrossentropy } from './losses/binary-cross-entropy.ts'
export {
  type CrossEntropyOptions,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './losses/cross-entropy.ts'
export { lossPlugins } from './losses/index.ts'
export type { Loss, Outcome, Reading } from './losses/loss.ts'
export { meanSquaredError } from './losses/mean-squared-error.ts'
export { huber, meanAbsoluteError } from './losses/robust.ts'
export {
  accuracy,
  type BinaryAccuracyOptions,
  binaryAccuracy,
  categoricalAccuracy,
  topK,
} from './metrics/accuracy.ts'
export { metricPlugins } from './metrics/index.ts'
export { type Metric, meanMetric } from './metrics/metric.ts'
export { absoluteError, rootMeanSquaredError, squaredError } from './metrics/regression.ts'
export { asModel } from './model/as-model.ts'
export { initialStatisticsLeft } from './model/batch-norm.ts'
export { type BrokenWeight, brokenWeight, type WeightNumbers } from './model/broken-weights.ts'
export { type LayerCall, observeCalls } from './model/calls.ts'
export type { Sublayer } from './model/children.ts'
export type { ExportDetails, Exporter, FileDetails, FileLimits } from './model/exporter.ts'
export { freeze } from './model/freeze.ts'
export type { Applicable, CallArgs, Layer } from './model/layer.ts'
export {
  type LayerGraph,
  type LayerGraphGroup,
  type LayerGraphNode,
  layerGraph,
} from './model/layer-graph.ts'
export * as layers from './model/layers.ts'
export { Model, type ModelArgs } from './model/model.ts'
export { withSeed } from './model/seeding.ts'
export type { Shape } from './model/shapes.ts'
export type { LayerSummary, Summary } from './model/summary.ts'
export { type LayerTimes, layerTime, type TimeModelOptions, timeModel } from './model/time-model.ts'
export type { NamedWeight } from './model/weights.ts'
export { type AdamOptions, adam } from './optimizers/adam.ts'
export { type AdamwOptions, adamw } from './optimizers/adamw.ts'
export type { ClippingOptions, Gradients } from './optimizers/clipping.ts'
export { type OptimizerOptions, optimizerOf, type UpdateRule } from './optimizers/common.ts'
export { optimizerPlugins } from './optimizers/index.ts'
export type { Optimizer, Parameter, StepScalars, Update } from './optimizers/optimizer.ts'
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.ts'
export { type SgdOptions, sgd } from './optimizers/sgd.ts'
export {
  type AccessKind,
  type AccessMeta,
  address,
  module,
  type PathBase,
  path,
} from './plugins/access.ts'
export { checkOptions } from './plugins/check-options.ts'
export { type ExperimentContainer, openContainer } from './plugins/container.ts'
export { corePlugins } from './plugins/core-plugins.ts'
export { instantiate } from './plugins/instantiate.ts'
export type { PluginProducts } from './plugins/kinds.ts'
export { loadPlugins, locateModule } from './plugins/load.ts'
export { definePlugin, type Plugin, type PluginContext, type PluginKind } from './plugins/plugin.ts'
export {
  type Reference,
  type ReferenceInput,
  referenceTo,
  resolveReference,
} from './plugins/reference.ts'
export { type Registration, Registry } from './plugins/registry.ts'
export {
  type ExperimentSettings,
  type PluginEntry,
  pluginKinds,
  settingsToken,
  type Token,
  token,
  tokens,
} from './plugins/tokens.ts'
export { type Environment, environment, packageVersions } from './runs/environment.ts'
export { readText } from './runs/read-text.ts'
export { createRun, isRun, makeRun, openRun, type RunFolder, runFiles } from './runs/run-folder.ts'
export { constant } from './schedules/constant.ts'
export { type CosineDecayOptions, cosineDecay } from './schedules/cosine.ts'
export { type CosineRestartsOptions, cosineRestarts } from './schedules/cosine-restarts.ts'
export {
  type ExponentialDecayOptions,
  exponentialDecay,
  type PolynomialDecayOptions,
  polynomialDecay,
  type StepDecayOptions,
  stepDecay,
} from './schedules/decay.ts'
export { schedulePlugins } from './schedules/index.ts'
export { type OneCycleOptions, oneCycle } from './schedules/one-cycle.ts'
export {
  createLearningRate,
  type LearningRateOption,
  learningRateOption,
} from './schedules/option.ts'
export { type PiecewiseOptions, piecewise } from './schedules/piecewise.ts'
export type { LearningRate, Schedule } from './schedules/schedule.ts'
export { type WarmupOptions, warmup } from './schedules/warmup.ts'
export type { Callback, CallbackState, StepLog, TrainingRun } from './training/callback.ts'
export type { ClassWeights } from './training/class-weights.ts'
export type { Compiled, CompileOptions } from './training/compile.ts'
export type { EvaluateOptions } from './training/evaluate.ts'
export { type ExplainOptions, explainTraining, type Plan } from './training/explain.ts'
export type { FitOptions } from './training/fit.ts'
export type { EpochLog, History, Metrics } from './training/history.ts'
export {
  type LossAndGradients,
  lossAndGradients,
  type ObjectiveOptions,
} from './training/objective.ts'
export type { Predictions, PredictOptions } from './training/predict.ts'
export {
  evaluateProgram,
  type StatefulProgram,
  type TrainProgram,
  type TrainProgramOptions,
  trainProgram,
  weightVariables,
} from './training/programs.ts'
export {
  type DatasetSamples,
  loadSamples,
  type SampleInfo,
  type Samples,
  samplesOf,
} from './training/samples.ts'
export type {
  Plan as TrainingPlan,
  RunIdentity,
  TrainingProgress,
  TrainingState,
} from './training/state.ts'
export type { WeightValues } from './training/weight-values.ts'
export type { Asked } from './trust/actions.ts'
export { originOfFile } from './trust/foreign-file.ts'
export { type Action, describeActions, type Origin, requireTrust } from './trust/origin.ts'
export { isMadeHere, originOf, readConfigText, writeConfig } from './trust/seal.ts'
export { decodeWeights } from './weights/load.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  type StoredDtype,
  type StoredTensor,
  type StoredTensors,
} from './weights/safetensors.ts'
export { encodeWeights } from './weights/save.ts'
export { writeFileSafely } from './weights/write-file.ts'
