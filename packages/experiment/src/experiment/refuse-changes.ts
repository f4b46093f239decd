import { ConfigError } from '@ashlar/errors'
import type { Experiment } from '../config/schema.ts'

/**
 * What may be another when a run goes on: how long it trains, which is recorded with it, and what has no part in training: where files lie, and how the model
 * is written afterwards.
 */
const MAY_CHANGE: ReadonlySet<string> = new Set(['epochs', 'export', 'folder', 'needs', 'out'])

/**
 * Holds the experiment that a run is to go on with against the one that it began with: its record would else tell of options that it was not trained with.
 *
 * @throws ConfigError that names each key that differs, with both values.
 */
export function refuseChanges(began: Experiment, now: Experiment): void {
  const before = leavesOf(began)
  const after = leavesOf(now)
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .filter((key) => !MAY_CHANGE.has(key.split(/[.[]/)[0]!))
  if (changed.length === 0) return
  const lines = changed.map((key) => {
    const was = before.get(key) ?? 'not set'
    return `${key} was ${was}, is ${after.get(key) ?? 'not set'}`
  })
  throw new ConfigError({
    where: 'experiment',
    expected: `a run must go on with what it began with; only ${[...MAY_CHANGE].join(', ')} may be others`,
    hint: [
      ...lines,
      'To train with other options, begin a run: ashlar train <run> key=value, with weights=<run>/weights.safetensors to begin where it is.',
    ].join('\n  '),
  })
}

/** Plain values as JSON, by path: `callbacks.early-stopping.patience`, `metrics[0].name`. */
function leavesOf(data: object): Map<string, string> {
  const leaves = new Map<string, string>()
  const visit = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) {
      if (value !== undefined) leaves.set(path, JSON.stringify(value))
      return
    }
    const isList = Array.isArray(value)
    const entries = Object.entries(value)
    if (entries.length === 0 && path !== '') leaves.set(path, isList ? '[]' : '{}')
    for (const [key, inside] of entries) {
      visit(inside, isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`)
    }
  }
  visit(data, '')
  return leaves
}
