import {
  type DatasetInfo,
  type FileLimits,
  fieldsOf,
  type LeftOut,
  type Metrics,
  type NamedField,
  type Predictions,
  readLabels,
  type Samples,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import {
  type Agreement,
  agreementOf,
  averagedPredictions,
  type EvaluationReport,
  type ExperimentParts,
  evaluationReports,
  keptLeftOut,
  loadAsTrained,
  metricsOfPredictions,
  openRun,
  openTrained,
  type RunFolder,
  viewsOf,
} from '@ashlar/experiment'
import { openContainer } from '@ashlar/plugins'
import { formatCount, formatMetric, formatMetrics, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { describeEvaluation } from './evaluation-table.ts'
import { exportedFile } from './exported-file.ts'
import { describeLeftOut } from './left-out.ts'
import { type LookedAt, lookedAt, noticeAsked } from './looked-at.ts'
import { builtInPlugins } from './registry.ts'

/** What to evaluate. */
export interface EvaluateRequest {
  /** The run folder. */
  readonly path: string
  readonly overrides: readonly string[]
  /** What computes: the model with an engine, the exported file, or both side by side. */
  readonly on: 'model' | 'onnx' | 'both'
  /** Views of each picture that are averaged, besides the picture itself; none: it alone. */
  readonly tta?: readonly string[]
  /** What the exported file may take up while it runs. */
  readonly limits?: FileLimits | undefined
  /** Takes a run that was not made here for the user's own. */
  readonly trust?: boolean | undefined
}

/** Tests a run on the test split of its dataset, and shows loss, metrics and how well each class is found. */
export async function evaluateRun(
  { path, overrides, on, tta = [], limits, trust }: EvaluateRequest,
  output: Output,
): Promise<void> {
  if (on === 'onnx' && (await evaluateFile({ path, overrides, tta, limits, trust }, output))) return
  const trained = await openTrained(path, { registry: builtInPlugins(), overrides, trust })
  const { model, dataset, engine } = trained.parts
  const { info } = dataset
  const { test, digest, leftOut } = await loadAsTrained(trained.run, dataset)
  const onModel = on !== 'onnx'
  const average = averaging(test, tta, info)
  const asTheyAre = onModel && tta.length === 0 ? await model.evaluate(test, { engine }) : undefined
  const predictions = {
    ...(onModel && { model: await average((view) => model.predict(view, { engine })) }),
    ...(on !== 'model' && {
      onnx: await average((view) => predictExported(trained, view, limits)),
    }),
  }
  const reports = await reportsOf(predictions, test, info)
  const averaged = tta.length > 0 ? predictions.model : undefined
  const metrics = averaged
    ? await metricsOfPredictions(averaged, test, trained.parts.heads)
    : asTheyAre
  tellEvaluation(output, {
    run: trained.run,
    info,
    ...{ samples: test.length, digest, leftOut },
    computed: [
      onModel ? `engine ${engine.name}` : [],
      on === 'model' ? [] : 'the exported file',
    ].flat(),
    tta,
    engine: engine.name,
    metrics,
    reports,
    agreement: agreementBetween(predictions),
  })
  await trained.parts.dispose()
}

/**
 * Tests the exported file of a run whose model needs code that nobody has trusted: file and data are enough.
 *
 * @returns false for a run that can be opened as any other, or whose data needs trust as well.
 */
async function evaluateFile(
  { path, overrides, tta = [], limits, trust }: Omit<EvaluateRequest, 'on'>,
  output: Output,
): Promise<boolean> {
  const looked = await lookedAt({ path, overrides, trust, parts: ['dataset', 'export'] })
  const isUsable = ({ asked }: LookedAt) =>
    asked.actions.every(({ does }) => does === 'run') && !asked.blocked.has('dataset')
  if (looked === undefined || !isUsable(looked)) return false
  const run = await openRun(path)
  const { experiment, registry } = looked
  const { seed } = experiment
  const container = openContainer(registry, { seed, folder: looked.asked.start })
  try {
    const dataset = container.create('dataset', experiment.dataset, 'experiment.dataset')
    const exporter =
      experiment.export && container.create('exporter', experiment.export, 'experiment.export')
    const { test, digest, leftOut } = await loadAsTrained(run, dataset)
    const average = averaging(test, tta, dataset.info)
    const predictions = await average((view) =>
      predictExported({ run, parts: { exporter } }, view, limits),
    )
    noticeAsked(formatPath(run.path), looked.asked, output)
    tellEvaluation(output, {
      run,
      info: dataset.info,
      ...{ samples: test.length, digest, leftOut },
      computed: ['the exported file'],
      tta,
      reports: await reportsOf({ onnx: predictions }, test, dataset.info),
    })
    return true
  } finally {
    await container.dispose()
  }
}

/** What an evaluation found. */
interface Evaluation {
  readonly run: RunFolder
  readonly info: DatasetInfo
  readonly samples: number
  readonly digest: string
  readonly leftOut: readonly LeftOut[] | undefined
  /** What computed. */
  readonly computed: readonly string[]
  /** Views that were averaged. */
  readonly tta: readonly string[]
  readonly engine?: string
  readonly metrics?: Metrics | undefined
  readonly reports: Reports
  readonly agreement?: Agreement | undefined
}

/** By output (empty for one without a name), then by what computed. */
type Reports = Readonly<Record<string, Readonly<Record<string, EvaluationReport>>>>

async function reportsOf(
  predictions: Readonly<Record<string, Predictions>>,
  test: Samples,
  info: DatasetInfo,
): Promise<Reports> {
  const reports: Record<string, Record<string, EvaluationReport>> = {}
  // A label that comes at no place of its own is judged by loss and metrics alone.
  if (fieldsOf(info).outputs.some((field) => isSequence(field, predictions))) return reports
  const labels = await readLabels(test, { places: true })
  for (const [computed, each] of Object.entries(predictions)) {
    const { evaluation, outputs } = evaluationReports({ labels }, each, info)
    for (const [name, report] of Object.entries(outputs ?? { '': evaluation })) {
      reports[name] = { ...reports[name], [computed]: report }
    }
  }
  return reports
}

/** Whether an output has other places than its labels. */
function isSequence(
  { name, shape, classes = [], multiLabel }: NamedField,
  predictions: Readonly<Record<string, Predictions>>,
): boolean {
  if (classes.length === 0 || multiLabel || shape.length === 0) return false
  return Object.values(predictions).some((each) => {
    const own = name === undefined ? each : each.outputs?.[name]
    return own !== undefined && String(own.shape.slice(1, -1)) !== String(shape)
  })
}

/** Says what an evaluation found, whichever way it went. */
function tellEvaluation(output: Output, evaluation: Evaluation): void {
  const { run, info, samples, digest, leftOut } = evaluation
  const { computed, tta, engine, metrics, reports, agreement } = evaluation
  const found = metrics === undefined ? '' : `: ${formatMetrics(metrics)}`
  output.line(`${formatPath(run.path)}${found}`)
  output.line(`${formatCount(samples)} test samples of ${info.name}, ${computed.join(' and ')}`)
  if (tta.length > 0) output.line(`averaged over views of each picture: ${tta.join(', ')}`)
  describeLeftOut(leftOut, output)
  for (const [name, each] of Object.entries(reports)) {
    if (name !== '') output.line(`\noutput ${name}`)
    for (const line of describeEvaluation(each)) output.line(line)
  }
  if (agreement !== undefined) {
    const { sameClass, largestDifference } = agreement
    output.line()
    output.line(
      `model and file agree on ${formatMetric(100 * sameClass)} % of samples; outputs differ by at most ${formatMetric(largestDifference)}`,
    )
  }
  output.result({
    run: run.path,
    dataset: { name: info.name, digest, ...keptLeftOut(leftOut) },
    samples,
    ...(tta.length > 0 && { tta }),
    engine,
    metrics,
    evaluation: Object.values(reports)[0],
    ...(reports[''] === undefined && { outputs: reports }),
    agreement,
  })
}

/** Predictions of samples as they are, or averaged over views of them. */
function averaging(samples: Samples, tta: readonly string[], info: DatasetInfo) {
  return (predict: (samples: Samples) => Promise<Predictions>): Promise<Predictions> =>
    tta.length === 0 ? predict(samples) : averagedPredictions(viewsOf(samples, tta), predict, info)
}

function agreementBetween(predictions: {
  readonly model?: Predictions
  readonly onnx?: Predictions
}): Agreement | undefined {
  const { model, onnx } = predictions
  return model && onnx && agreementOf(model, onnx)
}

/**
 * What the exported file of a run gives for samples.
 *
 * @throws DataError when the run was not exported.
 */
async function predictExported(
  { run, parts }: { readonly run: RunFolder; readonly parts: Pick<ExperimentParts, 'exporter'> },
  samples: Samples,
  limits?: FileLimits,
): Promise<Predictions> {
  const { exporter } = parts
  if (exporter?.predict === undefined) {
    throw new ConfigError({
      where: 'experiment.export',
      expected: 'the exporter of the run must be able to run its files',
      given: exporter?.name,
    })
  }
  return exporter.predict(await exportedFile(run, exporter.name), samples, limits)
}
