import type { Metrics } from '@ashlar/core'

const VALIDATION = 'val_'

/** Metrics of an epoch by where they were measured, under one name on both sides. */
export function splitMetrics(metrics: Metrics): {
  train: Record<string, number>
  validation: Record<string, number>
} {
  const entries = Object.entries(metrics)
  const isValidation = ([name]: readonly [string, number]) => name.startsWith(VALIDATION)
  return {
    train: Object.fromEntries(entries.filter((entry) => !isValidation(entry))),
    validation: Object.fromEntries(
      entries.filter(isValidation).map(([name, value]) => [name.slice(VALIDATION.length), value]),
    ),
  }
}
