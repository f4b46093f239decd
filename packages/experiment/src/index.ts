export { importModule } from './config/import-module.ts'
export { type EnvironmentAccess, escapeVariables } from './config/interpolate.ts'
export { applyOverrides } from './config/overrides.ts'
export type {
  CallbackInput,
  Experiment,
  ExperimentInput,
  FoldChoice,
  FoldInput,
} from './config/schema.ts'
export { parseYaml, toYaml } from './config/yaml.ts'
export { type Agreement, agreementOf } from './evaluation/agreement.ts'
export { averagedPredictions } from './evaluation/averaged.ts'
export type { CalibrationBin } from './evaluation/calibration.ts'
export {
  type ClassificationOptions,
  type ClassificationReport,
  type ClassMean,
  type ClassReport,
  classificationReport,
} from './evaluation/classification.ts'
export { type MultiLabelReport, multiLabelReport } from './evaluation/multi-label.ts'
export { type Probabilities, toProbabilities } from './evaluation/probabilities.ts'
export { type RegressionReport, regressionReport } from './evaluation/regression.ts'
export {
  type EvaluationReport,
  evaluationReport,
  evaluationReports,
  type OutputReports,
} from './evaluation/report.ts'
export { viewsOf } from './evaluation/views.ts'
export { type FoundMistake, worstMistakes } from './evaluation/worst-mistakes.ts'
export {
  buildCallbacks,
  buildExperiment,
  type ExperimentParts,
  type Trained,
} from './experiment/build.ts'
export type { Composed, ComposeOptions } from './experiment/compose.ts'
export {
  type FoldExperiment,
  foldExperiments,
  foldFolder,
  summarizeFolds,
  type TrainedFold,
} from './experiment/cross-validation.ts'
export { defineExperiment, type TypedExperiment, type TypedReference } from './experiment/define.ts'
export {
  encodingsOf,
  loadAsTrained,
  type RunDescription,
  readDescription,
} from './experiment/description.ts'
export {
  buildFor,
  buildForShape,
  checkOutput,
  type Design,
  designExperiment,
  type TrainedOn,
} from './experiment/design.ts'
export { type ExperimentJsonSchema, experimentJsonSchema } from './experiment/json-schema.ts'
export { type LoadOptions, loadExperiment } from './experiment/load-experiment.ts'
export { lossesOf } from './experiment/losses-of.ts'
export {
  type CarriedExperiment,
  exportMetadata,
  readExportMetadata,
} from './experiment/metadata.ts'
export { metricsOfPredictions } from './experiment/metrics-of-predictions.ts'
export { nameOfFile } from './experiment/name-of-file.ts'
export { experimentExtensions } from './experiment/read-file.ts'
export { refuseChanges } from './experiment/refuse-changes.ts'
export {
  type ResolvedExperiment,
  type ResolveOptions,
  resolveExperiment,
} from './experiment/resolve.ts'
export { type RunOptions, resolveRun, testParts } from './experiment/run-config.ts'
export {
  type GitSource,
  openCheckpoint,
  type TrainOptions,
  trainExperiment,
} from './experiment/train.ts'
export { type OpenOptions, openTrained, type TrainedRun } from './experiment/trained.ts'
export { readTrainedOn } from './experiment/trained-on.ts'
export { locateModule } from './plugins/load-plugins.ts'
export { type Environment, environment, packageVersions } from './runs/environment.ts'
export { type KeptLeftOut, keptLeftOut } from './runs/left-out.ts'
export { readText } from './runs/read-text.ts'
export { createRun, isRun, makeRun, openRun, type RunFolder, runFiles } from './runs/run-folder.ts'
export { type FoldSummary, parseSummary, type RunSummary } from './runs/run-summary.ts'
export { sourceState } from './runs/source-state.ts'
export type { Asked } from './trust/actions.ts'
export { type Action, describeActions } from './trust/describe-actions.ts'
export { type Origin, originOfFile, originOfSweep } from './trust/origin.ts'
export { ownFolder } from './trust/own-folder.ts'
export { requireTrust } from './trust/require-trust.ts'
export { isMadeHere, readConfigText, writeConfig } from './trust/seal.ts'
export { writeSweepFile } from './trust/sweep-seal.ts'
