import { layerGraph, readLabels, timeModel } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import {
  type EvaluationReport,
  evaluationReports,
  loadAsTrained,
  parseSummary,
  type RunFolder,
  readConfigText,
  readDescription,
  readText,
  runFiles,
  type TrainedRun,
} from '@ashlar/experiment'
import { readCurves, readNotes } from '@ashlar/experiment/runs'
import { modelDiagram } from './diagram/diagram.ts'
import { firstFilters } from './filters.ts'
import { worstMistakes } from './mistakes.ts'
import { stepNotes } from './page/model.ts'
import type { ReportData } from './page/report-data.ts'
import { curvePlots } from './plots/curves.ts'
import { calibrationPlot, confusionPlot } from './plots/judgement.ts'
import type { PlotImage } from './plots/plot.ts'
import { readVerification } from './verification.ts'

/** Mistakes and filters that are shown. */
const MOST = { mistakes: 24, filters: 64 }

/** Reads a run and has its model predict the test split again. */
export async function gatherReport({ run, parts, summary }: TrainedRun): Promise<ReportData> {
  const { model, dataset, engine } = parts
  const { test } = await loadAsTrained(run, dataset)
  const predictions = await model.predict(test, { engine })
  const labels = await readLabels(test)
  const { evaluation, outputs } = evaluationReports({ labels }, predictions, dataset.info)
  const isPlain = ArrayBuffer.isView(labels) && labels.length === test.length
  const summarized = model.summary()
  const times = await timeModel(model)
  const graph = layerGraph(model)
  return {
    name: run.name,
    summary,
    notes: await readNotes(run),
    plots: await plotsOf(run, evaluation),
    evaluation,
    outputs,
    mistakes:
      evaluation.task === 'classification' && isPlain && dataset.info.inputs === undefined
        ? await worstMistakes(test, predictions, dataset.info.classes, MOST.mistakes)
        : [],
    filters: firstFilters(model, MOST.filters),
    model: summarized,
    times,
    diagram: graph && modelDiagram(graph, stepNotes(summarized, times)),
    verification: await readVerification(run),
    config: await readConfigText(run),
    stored: false,
  }
}

/**
 * Reads what a run recorded, without a line of the code that it was made with: for one that came from somebody else.
 *
 * @throws DataError when it has no summary.
 */
export async function gatherStored(run: RunFolder): Promise<ReportData> {
  const summary = await readText(run.file(runFiles.summary))
    .then(parseSummary)
    .catch((cause: Error) => {
      throw new DataError({
        where: run.path,
        expected: `the run must have a readable ${runFiles.summary}; one that failed may not have got as far`,
        given: cause.message,
        cause,
      })
    })
  const description = await readDescription(run)
  const { model, graph, evaluation, outputs } = description ?? {}
  return {
    name: run.name,
    summary,
    notes: await readNotes(run).catch(() => ({ tags: [], note: '' })),
    plots: await plotsOf(run, evaluation),
    evaluation,
    outputs,
    mistakes: [],
    filters: undefined,
    model,
    times: undefined,
    diagram: graph && model && modelDiagram(graph, stepNotes(model, undefined)),
    verification: await readVerification(run),
    config: await readConfigText(run),
    stored: true,
  }
}

/** Curves, then confusion and calibration. */
async function plotsOf(
  run: RunFolder,
  evaluation: EvaluationReport | undefined,
): Promise<PlotImage[]> {
  const [epochs, steps] = [await readCurves(run, 'epoch'), await readCurves(run, 'step')]
  const curves = curvePlots(epochs, steps)
  return evaluation?.task === 'classification'
    ? [...curves, confusionPlot(evaluation), calibrationPlot(evaluation)]
    : curves
}
