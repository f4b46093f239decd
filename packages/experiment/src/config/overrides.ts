import { ConfigError, unknownName } from '@ashlar/errors'
import {
  type Data,
  type DataMap,
  isDataMap,
  isUnsafeKey,
  plainCopy,
  unsafeKey,
} from '@ashlar/plugins'
import { withoutNulls } from './merge.ts'
import { emptyValue, parseOverrideValue } from './override-value.ts'

/** One override, taken apart. */
export interface Override {
  /** As it was given. */
  readonly text: string
  /** `set` puts a value in, `add` only where there is none, `remove` takes it out, `clear` does so if it is there. */
  readonly action: 'set' | 'add' | 'remove' | 'clear'
  readonly path: readonly string[]
  /** `null` for `remove` and `clear`. */
  readonly value: Data
}

/**
 * Data with overrides put in: `key=value` sets, `+key=value` adds what is not there yet, `~key` removes. The key is a path
 * joined with dots. The value is a list, a mapping or a quoted text in YAML, a number, true, false or null, and otherwise a text as it is.
 *
 * A value `null`, or none, takes out what is there, as in a file that stands on another: then the default counts. None at all for a callback,
 * `callbacks.early-stopping=`, is that callback with its defaults.
 *
 * What a path leads through is made where it is missing. A string on the way is a reference to a plugin and becomes
 * its name: with `dataset: mnist`, `dataset.limit=4000` gives `{ name: mnist, limit: 4000 }`. Items of a list go by
 * their index, one past the end appends: `metrics.1=top-k`.
 *
 * @param where names the data in errors.
 * @throws ConfigError for text that is no override, a path through a number, a key that reaches a prototype, `+` for
 *   something that is there, and `~` for something that is not.
 * @example applyOverrides({ epochs: 1 }, ['epochs=3', '+optimizer.learningRate=0.01', '~callbacks'], 'experiment')
 */
export function applyOverrides(
  data: DataMap,
  overrides: readonly string[],
  where: string,
): DataMap {
  let result: Data = plainCopy(data, where)
  for (const text of overrides) {
    const override = parseOverride(text)
    const { action, path, value } = override
    checkPresence(result, override)
    if (action === 'set' || action === 'add') result = put(result, path, value, text)
    else if (lookUp(result, path) !== undefined) result = without(result, path)
  }
  return result as DataMap
}

/**
 * What an override asks for.
 *
 * @throws ConfigError when it is none of `key=value`, `+key=value` and `~key`.
 */
export function parseOverride(text: string): Override {
  if (text.startsWith('~')) {
    return { text, action: 'remove', path: pathOf(text.slice(1), text), value: null }
  }
  const action = text.startsWith('+') ? 'add' : 'set'
  const start = action === 'add' ? 1 : 0
  const at = text.indexOf('=')
  const path = pathOf(text.slice(start, Math.max(at, start)), text)
  const given = text.slice(at + 1)
  const value =
    given === ''
      ? emptyValue(path)
      : plainCopy(parseOverrideValue(given, path, `override ${text}`), path.join('.'))
  if (value !== null) return { text, action, path, value: withoutNulls(value) }
  if (action === 'set') return { text, action: 'clear', path, value }
  throw new ConfigError({
    where: `override ${text}`,
    expected: '`+` must add something, and null takes it out',
    hint: `Give it a value, or quotes for no text: ${path.join('.')}='""'.`,
  })
}

function pathOf(key: string, override: string): string[] {
  const path = key.split('.')
  if (path.some((key) => key.trim() === '')) {
    throw new ConfigError({
      where: 'override',
      expected: 'must have the form key=value',
      given: override,
      hint: 'For example epochs=3, dataset.limit=4000 or +callbacks.time-budget.minutes=5; ~key removes a key.',
    })
  }
  for (const key of path) if (isUnsafeKey(key)) throw unsafeKey(`override ${override}`, key)
  return path
}

function checkPresence(data: Data, { action, path, text }: Override): void {
  if (action === 'set' || action === 'clear') return
  const found = lookUp(data, path)
  if (action === 'add' && found !== undefined) {
    throw new ConfigError({
      where: `override ${text}`,
      expected: `\`${path.join('.')}\` must not be there yet`,
      given: found,
      hint: `${text.slice(1)} changes it.`,
    })
  }
  if (action === 'remove' && found === undefined) {
    const parent = path.length === 1 ? data : lookUp(data, path.slice(0, -1))
    const known = isDataMap(parent) ? Object.keys(parent) : []
    throw new ConfigError(unknownName(`override ${text}`, 'key to remove', path.at(-1)!, known))
  }
}

/** What lies at a path; `undefined` where nothing does. */
function lookUp(data: Data | undefined, path: readonly string[]): Data | undefined {
  return path.reduce<Data | undefined>((inside, key) => {
    if (Array.isArray(inside)) return inside[Number(key)]
    if (typeof inside === 'string') return key === 'name' ? inside : undefined
    return isDataMap(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined
  }, data)
}

/** The data without what lies at a path, which is there. */
function without(data: Data, [key, ...rest]: readonly string[]): Data {
  if (key === undefined) return data
  if (Array.isArray(data)) {
    const index = Number(key)
    return rest.length === 0
      ? data.filter((_, i) => i !== index)
      : data.map((each, i) => (i === index ? without(each, rest) : each))
  }
  if (!isDataMap(data)) return data
  const { [key]: inside, ...others } = data
  return rest.length === 0 ? others : { ...data, [key]: without(inside!, rest) }
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
