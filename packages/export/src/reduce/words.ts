import type { Judgement } from './judge.ts'
import type { OutputJudgement } from './output-judge.ts'
import type { LayerLoss } from './report.ts'

/** What a reduced file loses, in words. */
export function describeDrop({ outputs, ...whole }: Judgement): string {
  if (outputs === undefined) return describeOutput(whole)
  const each = Object.entries(outputs).map(([name, own]) => `${name} ${describeOutput(own)}`)
  return `${whole.drop.toFixed(2)} points: ${each.join('; ')}`
}

function describeOutput({ accuracy, r2, agreement, noise, drop }: OutputJudgement): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  const facts = [
    ...(accuracy ? [`accuracy ${percent(accuracy.float)} to ${percent(accuracy.reduced)}`] : []),
    ...(r2 ? [`explained variance ${percent(r2.float)} to ${percent(r2.reduced)}`] : []),
    ...(agreement === undefined ? [] : [`the same class for ${percent(agreement)}`]),
    `outputs differ by ${percent(noise)} of their variance`,
  ]
  return `${drop.toFixed(2)} points (${facts.join(', ')})`
}

/** So many layers are named. */
const NAMED = 5

/** The layers that hurt most. */
export function describeLosses(losses: readonly LayerLoss[]): string {
  return losses
    .slice(0, NAMED)
    .map(
      ({ layer, noise }) => `${layer} (${(100 * noise).toPrecision(2)} % of the outputs' variance)`,
    )
    .join(', ')
}
