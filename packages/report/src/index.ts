export type { FirstFilters } from './filters.ts'
export { gatherReport, gatherStored } from './gather.ts'
export { type Content, Html, html } from './html.ts'
export type { Mistake } from './mistakes.ts'
export { documentOf } from './page/document.ts'
export { renderPage } from './page/page.ts'
export { facts, figure, number, section, table } from './page/parts.ts'
export type { ReportData } from './page/report-data.ts'
export type { Picture } from './pictures.ts'
export { curvePlots } from './plots/curves.ts'
export { calibrationPlot, confusionPlot } from './plots/judgement.ts'
export { drawPlot, type PlotImage, standalone } from './plots/plot.ts'
export type { VerificationTable } from './verification.ts'
export {
  type PlotFormat,
  type ReportOptions,
  writeReport,
  writeStoredReport,
} from './write-report.ts'
