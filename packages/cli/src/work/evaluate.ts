import { loadSamples, openTrained } from '@ashlar/core'
import { formatCount, formatMetrics, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { builtInPlugins } from './registry.ts'

/** Tests the model of a run on the test split of its dataset, and shows loss and metrics. */
export async function evaluateRun(
  path: string,
  overrides: readonly string[],
  output: Output,
): Promise<void> {
  const { run, parts } = await openTrained(path, { registry: builtInPlugins(), overrides })
  const { model, dataset, engine } = parts
  const { test, digest } = await loadSamples(dataset)
  const metrics = await model.evaluate(test, { engine })
  const { name } = dataset.info
  output.line(`${formatPath(run.path)}: ${formatMetrics(metrics)}`)
  output.line(`${formatCount(test.length)} test samples of ${name}, engine ${engine.name}`)
  output.result({
    run: run.path,
    dataset: { name, digest },
    samples: test.length,
    engine: engine.name,
    metrics,
  })
  await parts.dispose()
}
