export {
  type Cell,
  type Column,
  Drawing,
  Facts,
  Figures,
  Scroll,
  Section,
  type StillPlot,
  Table,
} from './components/parts.ts'
export { type BestEpoch, bestEpoch } from './data/best.ts'
export { curvesOf, type Logged, type RunCurves, type Series } from './data/curves.ts'
export { downsample, type Points } from './data/downsample.ts'
export { formatColumn, formatNumber, formatTick } from './data/format.ts'
export {
  type Picture,
  type PictureOptions,
  pictureOf,
  rangeOf,
  toPicture,
} from './data/pictures.ts'
export type {
  ClassBalance,
  Figure,
  FilterView,
  LayerRow,
  Mistake,
  ModelView,
  RunView,
  ShownSample,
  VerificationTable,
} from './data/run-view.ts'
export { type DocumentParts, documentOf } from './page/document.ts'
export { type ReportParts, renderReport } from './page/render-report.ts'
export { RunLog } from './stored/run-log.ts'
export { figuresOf, modelView, readRunView } from './stored/run-view.ts'
