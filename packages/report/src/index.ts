export { gatherReport, gatherStored } from './gather.ts'
export { calibrationPlot, confusionPlot } from './plots/confusion-and-calibration.ts'
export { curvePlots } from './plots/curves.ts'
export { drawPlot, type PlotImage, standalone } from './plots/plot.ts'
export type { ReportData } from './report-data.ts'
export {
  type PlotFormat,
  type ReportOptions,
  writeReport,
  writeStoredReport,
} from './write-report.ts'
