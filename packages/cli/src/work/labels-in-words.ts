import type { Answer } from '@ashlar/core/answers'

/** What is right of several labels, with how probable each is: `comedy 0.93, drama 0.61`. */
export function labelsInWords({
  labels,
  probabilities,
}: Extract<Answer, { readonly labels: readonly string[] }>): string {
  if (labels.length === 0) return 'none'
  return labels.map((name) => `${name} ${probabilities[name]!.toFixed(3)}`).join(', ')
}
