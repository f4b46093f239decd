import { escapeVariables } from '@ashlar/experiment'

/** Steps after which small networks have learned what there is. */
const STEPS = 600

/** Passes that come to enough steps, within reason. */
export function epochsFor(samples: number, batchSize: number): number {
  const perEpoch = Math.max(1, Math.ceil(samples / batchSize))
  return Math.min(100, Math.max(5, Math.ceil(STEPS / perEpoch)))
}

/**
 * How many times the largest class is the smallest.
 *
 * @param counts of classes, the largest and the smallest among them.
 */
export function imbalanceOf(counts: readonly number[]): number {
  return Math.max(1, ...counts) / Math.max(1, Math.min(...counts))
}

/** A text as an experiment has it, in one line: JSON is YAML, and what somebody's data is called reads nothing of the environment. */
export function quoted(text: string): string {
  const isPlain = /^[A-Za-z_][\w./-]*( [\w./-]+)*$/.test(text)
  const isWord = /^(true|false|yes|no|on|off|null|y|n|nan|inf)$/i.test(text)
  return isPlain && !isWord ? text : JSON.stringify(escapeVariables(text))
}

/** Samples that a fifth can be held out of. */
export const LEAST = 3
