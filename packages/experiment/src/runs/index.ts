export { type Comparison, compareRecords, compareRuns } from './compare-runs.ts'
export { type CurvePoint, type Curves, readCurves } from './curves.ts'
export { holdRun } from './hold-run.ts'
export { listRuns, refreshRecord, runNames } from './list-runs.ts'
export { noRuns } from './no-runs.ts'
export { changeNotes, type NoteChanges, type RunNotes, readNotes } from './notes.ts'
export { filterRuns, type RunValue, requireKey, runValue, sortRuns } from './query.ts'
export { readText } from './read-text.ts'
export {
  deviationOf,
  type FlatConfig,
  flatten,
  isDeviation,
  type RunRecord,
  readRecord,
  readSummary,
} from './record.ts'
export {
  createRun,
  isRun,
  LATEST,
  makeRun,
  openRun,
  type RunFolder,
  runFiles,
  SWEEP,
} from './run-folder.ts'
export {
  readShownSamples,
  type ShownMistake,
  type ShownSample,
  type ShownSamples,
} from './shown-samples.ts'
export type { SourceState } from './source-state.ts'
export { stopRun } from './stop-run.ts'
export { storedNumber } from './stored-number.ts'
export {
  claimRun,
  isAlive,
  isClaimed,
  refuseIfTrained,
  releaseRun,
  type TrainingProcess,
  trainingProcess,
} from './training-process.ts'
export { isSetting, usualSettings } from './usual-settings.ts'
