import { type ExplainPlan, explainTraining, loadSamples } from '@ashlar/core'
import { buildExperiment, testParts } from '@ashlar/experiment'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'
import { resolveTarget, type TargetOptions } from './target.ts'

/** Rows below this share of the step go into one line. */
const SMALL = 0.005

/** Shows where the time of a training step of an experiment goes. */
export async function explainTarget(
  target: string,
  options: TargetOptions,
  output: Output,
): Promise<void> {
  const resolved = await resolveTarget(target, { ...options, parts: testParts })
  const parts = await buildExperiment(resolved)
  try {
    const { train } = await loadSamples(parts.dataset)
    const { batchSize } = resolved.experiment
    const plan = await explainTraining(parts.model, train, { batchSize, engine: parts.engine })
    describePlan(plan, { model: resolved.experiment.model.name, batchSize }, output)
    output.result({ model: resolved.experiment.model.name, batchSize, ...plan })
  } finally {
    await parts.dispose()
  }
}

/** What step a plan is of. */
interface Explained {
  readonly model: string
  readonly batchSize: number
}

/** Where the time of a step goes, as a table. */
export function describePlan(
  plan: ExplainPlan,
  { model, batchSize }: Explained,
  output: Output,
): void {
  const shown = plan.rows.filter(({ share }) => share >= SMALL)
  const others = plan.rows.slice(shown.length)
  const milliseconds = others.reduce((sum, row) => sum + row.milliseconds, 0)
  output.line(
    `${model}, batch ${batchSize}: ${plan.milliseconds.toFixed(2)} ms in ${plan.nodes} nodes, measured one by one`,
  )
  output.line()
  const lines = shown.map((row) => [
    row.kernel,
    row.form ?? '',
    `[${row.shape.join(', ')}]`,
    String(row.calls),
    row.milliseconds.toFixed(3),
    row.gflops === undefined ? '' : row.gflops.toFixed(0),
    percent(row.share),
  ])
  const rest =
    others.length === 0
      ? []
      : [
          [
            `${others.length} others`,
            '',
            '',
            '',
            milliseconds.toFixed(3),
            '',
            percent(milliseconds / plan.milliseconds),
          ],
        ]
  const head = ['kernel', 'form', 'output', 'calls', 'ms', 'GFLOP/s', 'share']
  for (const line of formatTable(head, [...lines, ...rest])) output.line(line)
  if (plan.fallbacks.length === 0) return
  output.line()
  const elsewhere = plan.fallbacks.map(
    ({ op, provider, nodes }) => `${op} x ${nodes} on ${provider}`,
  )
  output.line(`not on the provider that was asked for: ${elsewhere.join(', ')}`)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
