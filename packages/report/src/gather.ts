import { readFile } from 'node:fs/promises'
import {
  type EvaluationReport,
  evaluationReport,
  type LayerTimes,
  layerGraph,
  loadSamples,
  runFiles,
  type Summary,
  type TrainedRun,
  timeModel,
} from '@ashlar/core'
import { type RunNotes, readCurves, readNotes } from '@ashlar/core/runs'
import { modelDiagram } from './diagram/diagram.ts'
import { type FirstFilters, firstFilters } from './filters.ts'
import { type Mistake, worstMistakes } from './mistakes.ts'
import { stepNotes } from './page/model.ts'
import { curvePlots } from './plots/curves.ts'
import { calibrationPlot, confusionPlot } from './plots/judgement.ts'
import type { PlotImage } from './plots/plot.ts'
import { readVerification, type VerificationTable } from './verification.ts'

/** Mistakes and filters that are shown. */
const MOST = { mistakes: 24, filters: 64 }

/** Everything that a page says about a run. */
export interface ReportData {
  readonly name: string
  readonly summary: TrainedRun['summary']
  readonly notes: RunNotes
  /** Curves, then confusion and calibration. */
  readonly plots: readonly PlotImage[]
  readonly evaluation: EvaluationReport
  readonly mistakes: readonly Mistake[]
  readonly filters: FirstFilters | undefined
  readonly model: Summary
  /** Undefined for a model that has no meaning in ONNX. */
  readonly times: LayerTimes | undefined
  /** How data goes through the model; undefined for one that cannot be captured. */
  readonly diagram: PlotImage | undefined
  /** Undefined for a run that was not exported. */
  readonly verification: VerificationTable | undefined
  /** The resolved experiment, as YAML. */
  readonly config: string
}

/** Reads a run and has its model predict the test split again. */
export async function gatherReport({ run, parts, summary }: TrainedRun): Promise<ReportData> {
  const { model, dataset, engine } = parts
  const { test } = await loadSamples(dataset)
  const predictions = await model.predict(test, { engine })
  const evaluation = evaluationReport(test, predictions, dataset.info)
  const judged =
    evaluation.task === 'classification'
      ? [confusionPlot(evaluation), calibrationPlot(evaluation)]
      : []
  const [epochs, steps] = [await readCurves(run, 'epoch'), await readCurves(run, 'step')]
  const summarized = model.summary()
  const times = await timeModel(model)
  const graph = layerGraph(model)
  return {
    name: run.name,
    summary,
    notes: await readNotes(run),
    plots: [...curvePlots(epochs, steps), ...judged],
    evaluation,
    mistakes:
      evaluation.task === 'classification'
        ? worstMistakes(test, predictions, dataset.info.classes, MOST.mistakes)
        : [],
    filters: firstFilters(model, MOST.filters),
    model: summarized,
    times,
    diagram: graph && modelDiagram(graph, stepNotes(summarized, times)),
    verification: await readVerification(run),
    config: await readFile(run.file(runFiles.config), 'utf8'),
  }
}
