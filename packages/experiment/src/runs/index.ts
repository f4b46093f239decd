export { type Comparison, compareRuns } from './compare-runs.ts'
export { type CurvePoint, type Curves, readCurves } from './curves.ts'
export { holdRun } from './hold-run.ts'
export { listRuns, refreshRecord } from './list-runs.ts'
export { changeNotes, type NoteChanges, type RunNotes, readNotes } from './notes.ts'
export { filterRuns, type RunValue, requireKey, runValue, sortRuns } from './query.ts'
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
  makeRun,
  openRun,
  type RunFolder,
  runFiles,
  SWEEP,
} from './run-folder.ts'
export type { SourceState } from './source-state.ts'
export { claimRun, refuseIfTrained, releaseRun } from './training-process.ts'
