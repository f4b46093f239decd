export { gatherReport, gatherStored } from './gather.ts'
export { curvePlots } from './plots/curves.ts'
export { calibrationPlot, confusionPlot } from './plots/judgement.ts'
export { drawPlot, type PlotImage, standalone } from './plots/plot.ts'
export type { ReportData } from './report-data.ts'
export {
  type PlotFormat,
  type ReportOptions,
  writeReport,
  writeStoredReport,
} from './write-report.ts'
