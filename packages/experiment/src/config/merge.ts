import { type Data, type DataMap, isDataMap } from '@ashlar/plugins'

/**
 * One experiment on top of another: mappings are merged key by key, everything else replaces what was there.
 *
 * - `null` removes what the base has.
 * - A reference to another plugin replaces the whole reference: options belong to the plugin that they were written for.
 *   A name alone counts as a reference: `adam` and `{ learningRate: 0.1 }` give `{ name: adam, learningRate: 0.1 }`.
 * - `plugins` add up.
 */
export function mergeExperiments(base: DataMap, top: DataMap): DataMap {
  const merged = mergeMaps(base, top)
  const plugins = [base.plugins, top.plugins]
  if (!plugins.every(Array.isArray)) return merged
  return { ...merged, plugins: [...new Set(plugins.flat() as Data[])] }
}

/** Data as it is where nothing lies below: a key with `null` is not there. Items of lists are left as they are. */
export function withoutNulls(data: Data): Data {
  return isDataMap(data) ? mergeMaps({}, data) : data
}

function mergeMaps(base: DataMap, top: DataMap): DataMap {
  const result = { ...base }
  for (const [key, value] of Object.entries(top)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

function merge(base: Data | undefined, top: Data): Data {
  if (!isDataMap(top)) return top
  const below = typeof base === 'string' ? { name: base } : base
  if (!isDataMap(below)) return mergeMaps({}, top)
  const isOther = top.name !== undefined && below.name !== undefined && top.name !== below.name
  return mergeMaps(isOther ? {} : below, top)
}
