import {
  type Agreement,
  agreementOf,
  type EvaluationReport,
  evaluationReport,
  type FileLimits,
  loadSamples,
  openTrained,
  type Predictions,
  type Samples,
  type TrainedRun,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { formatCount, formatMetric, formatMetrics, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { describeEvaluation } from './evaluation-table.ts'
import { exportedFile } from './exported-file.ts'
import { describeLeftOut } from './left-out.ts'
import { builtInPlugins } from './registry.ts'

/** What to evaluate. */
export interface EvaluateRequest {
  /** The run folder. */
  readonly path: string
  readonly overrides: readonly string[]
  /** What computes: the model with an engine, the exported file, or both side by side. */
  readonly on: 'model' | 'onnx' | 'both'
  /** What the exported file may take up while it runs. */
  readonly limits?: FileLimits | undefined
}

/** Tests a run on the test split of its dataset, and shows loss, metrics and how well each class is found. */
export async function evaluateRun(
  { path, overrides, on, limits }: EvaluateRequest,
  output: Output,
): Promise<void> {
  const trained = await openTrained(path, { registry: builtInPlugins(), overrides })
  const { model, dataset, engine } = trained.parts
  const { info } = dataset
  const { test, digest, leftOut } = await loadSamples(dataset)
  const onModel = on !== 'onnx'
  const metrics = onModel ? await model.evaluate(test, { engine }) : undefined
  const predictions = {
    ...(onModel && { model: await model.predict(test, { engine }) }),
    ...(on !== 'model' && { onnx: await predictExported(trained, test, limits) }),
  }
  const reports: Record<string, EvaluationReport> = Object.fromEntries(
    Object.entries(predictions).map(([name, each]) => [name, evaluationReport(test, each, info)]),
  )
  const agreement = agreementBetween(predictions)

  const { run } = trained
  const found = metrics === undefined ? '' : `: ${formatMetrics(metrics)}`
  output.line(`${formatPath(run.path)}${found}`)
  const computed = [
    onModel ? `engine ${engine.name}` : [],
    on === 'model' ? [] : 'the exported file',
  ]
  output.line(
    `${formatCount(test.length)} test samples of ${info.name}, ${computed.flat().join(' and ')}`,
  )
  describeLeftOut(leftOut, output)
  for (const line of describeEvaluation(reports)) output.line(line)
  if (agreement !== undefined) {
    const { sameClass, largestDifference } = agreement
    output.line()
    output.line(
      `model and file agree on ${formatMetric(100 * sameClass)} % of samples; outputs differ by at most ${formatMetric(largestDifference)}`,
    )
  }
  output.result({
    run: run.path,
    dataset: { name: info.name, digest, leftOut },
    samples: test.length,
    engine: engine.name,
    metrics,
    evaluation: reports,
    agreement,
  })
  await trained.parts.dispose()
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
  { run, parts }: TrainedRun,
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
