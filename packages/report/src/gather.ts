import {
  type LayerGraph,
  type LayerTimes,
  layerGraph,
  layerTime,
  readLabels,
  timeModel,
} from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import {
  type EvaluationReport,
  evaluationReports,
  loadAsTrained,
  parseSummary,
  type RunFolder,
  readDescription,
  readText,
  runFiles,
  type TrainedRun,
} from '@ashlar/experiment'
import { flatten } from '@ashlar/experiment/runs'
import {
  curvesOf,
  figuresOf,
  type ModelView,
  modelView,
  type RunCurves,
  RunLog,
  type RunView,
  readRunView,
} from '@ashlar/ui'
import { modelDiagram } from './diagram/diagram.ts'
import { stepNotes } from './diagram/step-notes.ts'
import { firstFilters } from './filters.ts'
import { worstMistakes } from './mistakes.ts'
import { calibrationPlot, confusionPlot } from './plots/confusion-and-calibration.ts'
import { curvePlots } from './plots/curves.ts'
import type { PlotImage } from './plots/plot.ts'
import type { ReportData } from './report-data.ts'

/** Mistakes and filters that are shown. */
const MOST = { mistakes: 24, filters: 64 }

/** Points of a series that a page holds: twice what it shows, for who zooms in. */
const MOST_POINTS = 4000

/** Reads a run and has its model predict the test split again. */
export async function gatherReport({
  run,
  parts,
  summary,
  experiment,
}: TrainedRun): Promise<ReportData> {
  const { model, dataset, engine } = parts
  const { test } = await loadAsTrained(run, dataset)
  const predictions = await model.predict(test, { engine })
  const labels = await readLabels(test)
  const { evaluation, outputs } = evaluationReports({ labels }, predictions, dataset.info)
  const isPlain = ArrayBuffer.isView(labels) && labels.length === test.length
  const summarized = model.summary()
  const times = await timeModel(model)
  const graph = layerGraph(model)
  const diagram = graph && modelDiagram(graph, stepNotes(summarized, times))
  const stored = await readRunView(run)
  const view: RunView = {
    ...stored,
    title: summary.name,
    outcome: summary.outcome,
    reason: summary.reason,
    figures: figuresOf(undefined, summary, evaluation),
    evaluation,
    outputs,
    mistakes:
      evaluation.task === 'classification' && isPlain && dataset.info.inputs === undefined
        ? await worstMistakes(test, predictions, dataset.info.classes, MOST.mistakes)
        : undefined,
    filters: firstFilters(model, MOST.filters),
    model: drawn(modelView(summarized), { times, graph, diagram }),
  }
  return {
    view,
    ...(await plotted(run, { evaluation, outputs }, flatten(experiment))),
    diagram,
    stored: false,
  }
}

/**
 * Reads what a run recorded of itself: neither builds its model nor reads its data, so that a run of somebody else can be shown.
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
  const diagram = graph && model && modelDiagram(graph, stepNotes(model, undefined))
  const stored = await readRunView(run, description)
  const view: RunView = {
    ...stored,
    title: summary.name,
    outcome: summary.outcome,
    reason: summary.reason,
    figures: figuresOf(undefined, summary, evaluation),
    model: model && drawn(modelView(model), { graph, diagram }),
  }
  return { view, ...(await plotted(run, { evaluation, outputs })), diagram, stored: true }
}

interface Drawn {
  readonly times?: LayerTimes | undefined
  readonly graph: LayerGraph | undefined
  readonly diagram: PlotImage | undefined
}

/** With the time of each layer, and the diagram. */
function drawn(view: ModelView, { times, graph, diagram }: Drawn): ModelView {
  const steps = graph?.nodes.filter(({ kind }) => kind === 'layer') ?? []
  const inDiagram = new Set(diagram && steps.map(({ name }) => name))
  const layers = view.layers.map((layer) => ({ ...layer, isDrawn: inDiagram.has(layer.path) }))
  const withDiagram = { ...view, layers, diagram: diagram?.svg }
  if (times === undefined) return withDiagram
  const outside = times.layers.get('')
  const rest = { path: '', depth: 0, calls: 1, type: '', shape: '', parameters: null }
  return {
    ...withDiagram,
    milliseconds: times.milliseconds,
    layers: [
      ...layers.map((layer) => ({ ...layer, milliseconds: layerTime(times, layer.path) })),
      ...(outside === undefined
        ? []
        : [{ ...rest, name: 'outside of layers', milliseconds: outside }]),
    ],
  }
}

/** Curves for the page, and drawings: curves, then confusion and calibration. */
async function plotted(
  run: RunFolder,
  { evaluation, outputs }: Partial<Pick<RunView, 'evaluation' | 'outputs'>>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<{ curves: RunCurves; plots: PlotImage[] }> {
  const log = new RunLog(run.file(runFiles.metrics))
  await log.read()
  const curves = curvesOf(run.name, log, { most: MOST_POINTS }, config)
  const plots = curvePlots(curves)
  return {
    curves,
    plots: [
      ...plots,
      ...(outputs === undefined
        ? judgementPlots(evaluation)
        : Object.entries(outputs).flatMap(([name, each]) => judgementPlots(each, name))),
    ],
  }
}

/** @param output its name, where there are several. */
function judgementPlots(evaluation: EvaluationReport | undefined, output?: string): PlotImage[] {
  if (evaluation?.task !== 'classification') return []
  return [confusionPlot(evaluation, output), calibrationPlot(evaluation, output)]
}
