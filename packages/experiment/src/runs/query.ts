import { ConfigError, unknownName } from '@ashlar/errors'
import type { RunRecord } from './record.ts'

/** A value that runs can be chosen and sorted by. */
export type RunValue = string | number | boolean | null | undefined

/** What records know besides metrics and config. */
const FIELDS: Readonly<Record<string, (record: RunRecord) => RunValue>> = {
  run: ({ run }) => run,
  experiment: ({ experiment }) => experiment,
  outcome: ({ outcome }) => outcome,
  began: ({ began }) => began,
  steps: ({ steps }) => steps,
  seconds: ({ seconds }) => seconds,
  parameters: ({ parameters }) => parameters,
  commit: ({ commit }) => commit,
  dirty: ({ dirty }) => dirty,
  note: ({ note }) => note,
}

/** A key whose value is a list: it holds when one of them does. */
const TAG = 'tag'

const COMPARISONS: Readonly<Record<string, (difference: number) => boolean>> = {
  '=': (difference) => difference === 0,
  '!=': (difference) => difference !== 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
}

/** A value of a run by its key: a field of the record, a metric, or a path of the config. */
export function runValue(record: RunRecord, key: string): RunValue {
  if (Object.hasOwn(FIELDS, key)) return FIELDS[key]!(record)
  if (Object.hasOwn(record.metrics, key)) return record.metrics[key]
  return Object.hasOwn(record.config, key) ? record.config[key] : undefined
}

/**
 * The runs for which all conditions hold: `accuracy>0.98`, `model.name=resnet18`, `tag=best`, `outcome!=failed`. A run without the
 * value fulfils only `!=`. Numbers are compared as numbers, everything else as text; `began>2026-11` works.
 *
 * @throws ConfigError for a condition that cannot be read, or a key that no run has.
 */
export function filterRuns(
  records: readonly RunRecord[],
  conditions: readonly string[],
): RunRecord[] {
  const tests = conditions.map((condition) => readCondition(condition, records))
  return records.filter((record) => tests.every((holds) => holds(record)))
}

/**
 * Runs by a value, the largest first; those without it come last.
 *
 * @param key as for {@link filterRuns}; with a minus before it, the smallest come first.
 * @throws ConfigError for a key that no run has.
 */
export function sortRuns(records: readonly RunRecord[], key: string): RunRecord[] {
  const [name, sign] = key.startsWith('-') ? [key.slice(1), 1] : [key, -1]
  requireKey(name, records, 'sort')
  return records.toSorted((a, b) => {
    const [x, y] = [runValue(a, name), runValue(b, name)]
    if (x == null || y == null) return Number(x == null) - Number(y == null)
    return sign * compareValues(x, y)
  })
}

function readCondition(
  text: string,
  records: readonly RunRecord[],
): (record: RunRecord) => boolean {
  const parts = text.match(/^([\w.-]+?)\s*(!=|>=|<=|=|>|<)\s*([^=<>!].*)?$/)
  if (parts === null) {
    throw new ConfigError({
      where: 'runs',
      expected: 'a condition must be a key, one of = != > >= < <=, and a value',
      given: text,
      hint: 'For example accuracy>0.98, model.name=resnet18, tag=best. Quote those with < and > for the shell.',
    })
  }
  const [, key = '', sign = '', wanted = ''] = parts
  const holds = COMPARISONS[sign]!
  if (key === TAG) {
    return ({ tags }) =>
      sign === '!=' ? !tags.includes(wanted) : tags.some((tag) => holds(compareValues(tag, wanted)))
  }
  requireKey(key, records, 'runs')
  refuseText(text, { key, sign, wanted }, records)
  return (record) => {
    const value = runValue(record, key)
    return value == null ? sign === '!=' : holds(compareValues(value, wanted))
  }
}

/** A number is neither more nor less than a text: such a condition would hold for no run, or for all, without a word. */
function refuseText(
  text: string,
  { key, sign, wanted }: { readonly key: string; readonly sign: string; readonly wanted: string },
  records: readonly RunRecord[],
): void {
  if (sign === '=' || sign === '!=' || (wanted !== '' && !Number.isNaN(Number(wanted)))) return
  const values = records.map((record) => runValue(record, key)).filter((value) => value != null)
  if (values.length === 0 || values.some((value) => typeof value !== 'number')) return
  throw new ConfigError({
    where: `runs ${text}`,
    expected: `${key} is a number, and must be held against one`,
    given: wanted,
    // As somebody would type it.
    hint: `For example ${key}${sign}${Number(Number(values[0]).toPrecision(3))}.`,
  })
}

function compareValues(value: NonNullable<RunValue>, other: NonNullable<RunValue>): number {
  const [x, y] = [Number(value), Number(other)]
  if (typeof value !== 'boolean' && String(value) !== '' && String(other) !== '') {
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  }
  return String(value) < String(other) ? -1 : String(value) > String(other) ? 1 : 0
}

/** @throws ConfigError for a key that no run has. */
export function requireKey(key: string, records: readonly RunRecord[], where: string): void {
  if (records.length === 0 || records.some((record) => runValue(record, key) !== undefined)) return
  if (Object.hasOwn(FIELDS, key)) return
  const known = new Set([...Object.keys(FIELDS), TAG])
  for (const { metrics, config } of records.slice(0, 100)) {
    for (const name of [...Object.keys(metrics), ...Object.keys(config)]) known.add(name)
  }
  throw new ConfigError(unknownName(where, 'key', key, [...known]))
}
