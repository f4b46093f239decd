export {
  definePlugin,
  instantiate,
  type Plugin,
  type PluginContext,
  type PluginKind,
  type PluginProducts,
} from '@ashlar/plugins'
export type { Augmentation, MixedLabels, TrainingBatch } from './augmentation/augmentation.ts'
export { type BlurOptions, blur } from './augmentation/blur.ts'
export {
  type ColorJitterOptions,
  colorJitter,
  type GrayscaleOptions,
  grayscale,
} from './augmentation/color.ts'
export { cutmix } from './augmentation/cutmix.ts'
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
export { mixup } from './augmentation/mixup.ts'
export { type RandAugmentOptions, randAugment } from './augmentation/rand-augment.ts'
export { type RandomResizedCropOptions, randomResizedCrop } from './augmentation/resized-crop.ts'
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
export { type UnfreezeOptions, unfreeze } from './callbacks/unfreeze.ts'
export { type FoundCheckpoint, readCheckpoint } from './checkpoints/read.ts'
export { writeCheckpoint } from './checkpoints/write.ts'
export { coreKinds, corePlugins } from './core-plugins.ts'
export {
  type Batch,
  type BatchOptions,
  batchCount,
  batches,
  sizeOf as sizeOfShape,
  takeSamples,
} from './data/batches.ts'
export { countLeftOut } from './data/count-left-out.ts'
export type {
  Dataset,
  DatasetInfo,
  DatasetSplits,
  LeftOut,
  LoadDataOptions,
} from './data/dataset.ts'
export {
  type CategoryColumn,
  type Encodings,
  encodingMetadata,
  type ImageEncoding,
  type IndexColumn,
  type InputEncoding,
  imageEncodingOf,
  inputEncoding,
  type NumberColumn,
  type OutputEncoding,
  outputEncoding,
  readEncodings,
  readMetadata,
  type TableColumn,
  type TableEncoding,
  type TextFormat,
  type TokenEncoding,
  textFormat,
  tokenEncoding,
} from './data/encoding.ts'
export type { Field, Named } from './data/field.ts'
export {
  areNamed,
  type Column,
  columnsOf,
  type FieldInfo,
  feedOf,
  fieldsOf,
  infoOfFields,
  type NamedField,
  type NamedFields,
  rangeOfField,
  theOnly,
} from './data/fields.ts'
export { type Fold, type FoldOptions, foldAt, foldRows, folds } from './data/folds.ts'
export { type DataFact, type DataFacts, fromData, givenFact, withFacts } from './data/from-data.ts'
export { loadSamples } from './data/load-samples.ts'
export { channelScaling } from './data/normalize.ts'
export { type Ordered, passRows, type ShuffleOptions } from './data/order.ts'
export {
  type ArraySamples,
  type DatasetSamples,
  type FieldSamples,
  type SampleInfo,
  type Samples,
  type StreamSamples,
  samplesOf,
} from './data/samples.ts'
export type { ChannelScaling, Normalize } from './data/scaling.ts'
export { shuffledIndices } from './data/shuffle.ts'
export {
  type BatchColumn,
  batchBuffers,
  batchDtypes,
  inMemory,
  type PassOptions,
  type ReadBatch,
  readBatches,
  readLabels,
  readSamples,
  selectRows,
  selectSamples,
} from './data/source.ts'
export type {
  ArraySplit,
  BatchBuffers,
  BatchDtype,
  BatchDtypes,
  Chunks,
  FieldSplit,
  LabelData,
  ReadOptions,
  SampleData,
  Sampler,
  SampleStream,
  Split,
  StreamSplit,
} from './data/split.ts'
export { type TargetScale, targetScaleOf } from './data/target-scale.ts'
export type { Arrays, Engine, EngineSession, PreparedProgram, Program } from './engines/engine.ts'
export { observeRuns, type RunObserver } from './engines/observe-runs.ts'
export { onnxruntimeEngine } from './engines/onnxruntime.ts'
export { type TfjsEngineOptions, tfjsEngine } from './engines/tfjs.ts'
export { writeFileSafely } from './files/write-file.ts'
export { autoLoss } from './losses/auto.ts'
export { binaryCrossentropy } from './losses/binary-cross-entropy.ts'
export { contrastive } from './losses/contrastive.ts'
export { cosineSimilarity } from './losses/cosine.ts'
export {
  type CrossEntropyOptions,
  categoricalCrossentropy,
  type SparseCrossEntropyOptions,
  sparseCategoricalCrossentropy,
} from './losses/cross-entropy.ts'
export { type CtcOptions, ctc } from './losses/ctc.ts'
export { type CtcDecodeOptions, type CtcPath, ctcDecode } from './losses/ctc-decode.ts'
export { type DiceOptions, dice } from './losses/dice.ts'
export { binaryFocal, type ClassFocalOptions, type FocalOptions, focal } from './losses/focal.ts'
export { categoricalHinge, hinge } from './losses/hinge.ts'
export { klDivergence } from './losses/kl-divergence.ts'
export type { LabelKind, Loss, LossUse, Outcome, Reading } from './losses/loss.ts'
export { meanSquaredError } from './losses/mean-squared-error.ts'
export { huber, meanAbsoluteError } from './losses/robust.ts'
export {
  accuracy,
  type BinaryAccuracyOptions,
  binaryAccuracy,
  categoricalAccuracy,
  topK,
} from './metrics/accuracy.ts'
export { auc } from './metrics/auc.ts'
export { autoMetric } from './metrics/auto.ts'
export { averagePrecision } from './metrics/average-precision.ts'
export { calibrationError } from './metrics/calibration.ts'
export {
  type CharacterErrorRateOptions,
  characterErrorRate,
} from './metrics/character-error-rate.ts'
export {
  type Average,
  type ClassCountOptions,
  f1,
  meanIoU,
  precision,
  recall,
} from './metrics/classification.ts'
export {
  type AccumulatorShapes,
  accumulatorsOf,
  type Metric,
  meanMetric,
} from './metrics/metric.ts'
export { perplexity } from './metrics/perplexity.ts'
export { r2Score } from './metrics/r2.ts'
export { absoluteError, rootMeanSquaredError, squaredError } from './metrics/regression.ts'
export { asModel } from './model/as-model.ts'
export type { Exporter, FileDetails, FileLimits } from './model/exporter.ts'
export { type Generative, isGenerative } from './model/generative.ts'
export { inputNamesOf, outputNamesOf, uniqueNames } from './model/io-names.ts'
export { Model, type ModelArgs } from './model/model.ts'
export { initialStatisticsLeft } from './network/batch-norm.ts'
export { type BrokenWeight, brokenWeight, type WeightNumbers } from './network/broken-weights.ts'
export type { Sublayer } from './network/children.ts'
export { freeze } from './network/freeze.ts'
export { gelu, geluTanh } from './network/gelu.ts'
export type { Applicable, CallArgs, Layer } from './network/layer.ts'
export {
  type LayerGraph,
  type LayerGraphGroup,
  type LayerGraphNode,
  layerGraph,
} from './network/layer-graph.ts'
export { normalize } from './network/layer-norm.ts'
export * as layers from './network/layers.ts'
export type { ExportDetails } from './network/model-writer.ts'
export type { Network } from './network/network.ts'
export {
  type HasProvenance,
  type Provenance,
  provenanceOf,
  type TakenWeight,
} from './network/provenance.ts'
export {
  scaledToTargets,
  type TargetScaleOption,
  targetScaleOption,
} from './network/scaled-to-targets.ts'
export { withSeed } from './network/seeding.ts'
export {
  type BuiltFrom,
  type InputField,
  isShapeList,
  listOf,
  type NamedTensors,
  type Shape,
  type Tensors,
} from './network/shapes.ts'
export type { Signature, SignatureInput } from './network/signature.ts'
export { formatSummary, type LayerSummary, type Summary } from './network/summary.ts'
export { tfjsClass } from './network/tfjs-class.ts'
export {
  type LayerTimes,
  layerTime,
  type TimeModelOptions,
  timeModel,
} from './network/time-model.ts'
export type { NamedWeight } from './network/weights.ts'
export { type AdamOptions, adam } from './optimizers/adam.ts'
export { type AdamwOptions, adamw } from './optimizers/adamw.ts'
export { byLayer, type LayerRates } from './optimizers/by-layer.ts'
export type { ClippingOptions, Gradients } from './optimizers/clipping.ts'
export { type OptimizerOptions, optimizerOf, type UpdateRule } from './optimizers/common.ts'
export type { Optimizer, Parameter, StepScalars, Update } from './optimizers/optimizer.ts'
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.ts'
export { type SgdOptions, sgd } from './optimizers/sgd.ts'
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
export { type OneCycleOptions, oneCycle } from './schedules/one-cycle.ts'
export {
  createLearningRate,
  type LearningRateOption,
  learningRateOption,
} from './schedules/option.ts'
export { type PiecewiseOptions, piecewise } from './schedules/piecewise.ts'
export type { LearningRate, Schedule } from './schedules/schedule.ts'
export { type WarmupOptions, warmup } from './schedules/warmup.ts'
export { type AugmentedSamples, augmentedSamples } from './training/augmented.ts'
export type {
  Callback,
  CallbackState,
  GroupEnding,
  GroupLog,
  RunGroup,
  StepLog,
  TrainingRun,
} from './training/callback.ts'
export type { ClassWeights } from './training/class-weights.ts'
export { type ClassWeightsByOutput, checkClassWeights } from './training/class-weights-of.ts'
export type { Compiled, CompileOptions, OutputHead } from './training/compile.ts'
export type { MinimizeOptions, OwnStep, StepSamples, StepTools } from './training/custom-step.ts'
export type { EvaluateOptions } from './training/evaluate.ts'
export { type ExplainOptions, type ExplainPlan, explainTraining } from './training/explain.ts'
export type { FitOptions } from './training/fit.ts'
export type { EpochLog, History, Metrics } from './training/history.ts'
export {
  type LabelledBatch,
  type LossAndGradients,
  lossAndGradients,
  type ObjectiveOptions,
} from './training/objective.ts'
export type { TrainingPlan } from './training/plan.ts'
export {
  type PredictedOutput,
  PredictionRows,
  type Predictions,
  type PredictOptions,
} from './training/predict.ts'
export { builtFrom } from './training/prepare.ts'
export {
  checkMetrics,
  checkOutputs,
  headsFor,
  ignoreIndexOf,
  outputEncodingOf,
} from './training/reading.ts'
export type {
  RunIdentity,
  TrainingProgress,
  TrainingState,
} from './training/resume.ts'
export { makeStepWeights } from './training/step-weights.ts'
export type { Trainable } from './training/trainable.ts'
export {
  captureTrainingStep,
  type TrainingStep,
  type TrainingStepOptions,
} from './training/training-step.ts'
export { decodeWeights, readWeights } from './weights/load.ts'
export {
  type DecodeOptions,
  decodeSafetensors,
  encodeSafetensors,
  type StoredDtype,
  type StoredTensor,
  type StoredTensors,
  tensorNames,
} from './weights/safetensors.ts'
export { encodeWeights } from './weights/save.ts'
export type { WeightValues } from './weights/values.ts'
