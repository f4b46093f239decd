import type { RunRecord } from './record.ts'

/** Keys that say where a run came from or went to, rather than how it was trained. */
const NO_SETTING = /^(name|folder|out|plugins|export|needs|fold\.index)\b/

/** Whether a key of an experiment says how a run was trained, rather than where it came from or went to. */
export function isSetting(key: string): boolean {
  return !NO_SETTING.test(key)
}

/** Settings beyond model and dataset that a table has room for. */
const MOST = 3

/**
 * Keys of the experiment that tell runs apart, for a table of them when nobody chose: model and dataset, unless they are the same in all and others differ; then
 * up to three settings that all of them have and that differ, in the order of the experiment.
 */
export function usualSettings(records: readonly RunRecord[]): string[] {
  const values = new Map<string, { readonly seen: Set<string>; count: number }>()
  for (const { config } of records) {
    for (const [key, value] of Object.entries(config)) {
      const found = values.get(key) ?? { seen: new Set<string>(), count: 0 }
      found.seen.add(JSON.stringify(value))
      found.count++
      values.set(key, found)
    }
  }
  const names = ['model.name', 'dataset.name']
  const others = [...values]
    .filter(([key, { seen, count }]) => seen.size > 1 && count === records.length && isSetting(key))
    .map(([key]) => key)
    .filter((key) => !names.includes(key))
    .slice(0, MOST)
  const isTold = (key: string) => others.length === 0 || (values.get(key)?.seen.size ?? 0) > 1
  return [...names.filter(isTold), ...others]
}
