import { ConfigError } from '@ashlar/errors'
import {
  type Data,
  type DataMap,
  isDataMap,
  isUnsafeKey,
  plainCopy,
  unsafeKey,
} from './plain-data.ts'
import { parseYaml } from './yaml.ts'

/**
 * Data with overrides put in, each `key=value`: the key a path joined with dots, the value YAML.
 *
 * What a path leads through is made where it is missing. A string on the way is a reference to a plugin and becomes
 * its name: with `dataset: mnist`, `dataset.limit=4000` gives `{ name: mnist, limit: 4000 }`. Items of a list go by
 * their index, one past the end appends: `metrics.1=top-k`.
 *
 * @param where names the data in errors.
 * @throws ConfigError for text that is no override, a path through a number, and a key that reaches a prototype.
 * @example applyOverrides({ epochs: 1 }, ['epochs=3', 'optimizer.learningRate=0.01'], 'experiment')
 */
export function applyOverrides(
  data: DataMap,
  overrides: readonly string[],
  where: string,
): DataMap {
  let result: Data = plainCopy(data, where)
  for (const override of overrides) {
    const { path, value } = parseOverride(override)
    result = put(result, path, value, override)
  }
  return result as DataMap
}

/**
 * The two sides of an override.
 *
 * @throws ConfigError when it is not of the form `key=value`.
 */
export function parseOverride(override: string): { path: string[]; value: Data } {
  const at = override.indexOf('=')
  const path = override.slice(0, Math.max(at, 0)).split('.')
  if (path.some((key) => key.trim() === '')) {
    throw new ConfigError({
      where: 'override',
      expected: 'must have the form key=value',
      given: override,
      hint: 'For example epochs=3, dataset.limit=4000 or optimizer.learningRate=0.01.',
    })
  }
  for (const key of path) if (isUnsafeKey(key)) throw unsafeKey(`override ${override}`, key)
  const text = override.slice(at + 1)
  return { path, value: plainCopy(parseYaml(text, `override ${override}`), path.join('.')) }
}

function put(
  target: Data | undefined,
  path: readonly string[],
  value: Data,
  override: string,
): Data {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(target)) return putItem(target, key, rest, value, override)
  const map = asMap(target, override, key)
  return { ...map, [key]: put(map[key], rest, value, override) }
}

function putItem(
  list: readonly Data[],
  key: string,
  rest: readonly string[],
  value: Data,
  override: string,
): Data[] {
  const index = Number(key)
  if (!/^\d+$/.test(key) || index > list.length) {
    throw new ConfigError({
      where: `override ${override}`,
      expected: `an item of the list must be given by an index from 0 to ${list.length}`,
      given: key,
    })
  }
  const copy = [...list]
  copy[index] = put(list[index], rest, value, override)
  return copy
}

function asMap(target: Data | undefined, override: string, key: string): DataMap {
  if (target === undefined || target === null) return {}
  if (typeof target === 'string') return { name: target }
  if (isDataMap(target)) return target
  throw new ConfigError({
    where: `override ${override}`,
    expected: `what \`${key}\` is put into must be a mapping`,
    given: target,
  })
}
