import { ConfigError } from '@ashlar/errors'
import { placeOf } from './check.ts'

/** What YAML and JSON can hold. */
export type Data = null | boolean | number | string | Data[] | { [key: string]: Data }

/** A mapping of {@link Data}. */
export type DataMap = { [key: string]: Data }

/** Deeper than any experiment, shallower than the call stack. */
const DEEPEST = 50

const unsafe = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * A copy made of plain objects, lists and scalars alone.
 *
 * @param where names the value in errors.
 * @throws ConfigError for anything else (functions, dates, class instances), for a key that reaches a prototype, and for
 *   data that is nested too deeply or contains itself.
 */
export function plainCopy(value: unknown, where: string): Data {
  return copy(value, where, [])
}

/** Whether a key could change an object's prototype, now or where the data is used later. */
export function isUnsafeKey(key: string): boolean {
  return unsafe.has(key)
}

/** The error for such a key. */
export function unsafeKey(where: string, key: string): ConfigError {
  return new ConfigError({ where, expected: 'a key must not reach a prototype', given: key })
}

/** Whether this is a mapping. */
export function isDataMap(value: unknown): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Freezes data through and through. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inside of Object.values(value)) deepFreeze(inside)
  }
  return value
}

function copy(value: unknown, where: string, path: readonly PropertyKey[]): Data {
  if (path.length > DEEPEST) {
    throw new ConfigError({
      where,
      expected: `data must be nested at most ${DEEPEST} levels deep, and not contain itself`,
    })
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return value.map((each, i) => copy(each, where, [...path, i]))
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new ConfigError({
      where: placeOf(where, path),
      expected: 'must be plain data: a mapping, a list, a string, a number, true, false or null',
      given: value,
    })
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(
    entries.map(([key, each]) => {
      if (isUnsafeKey(key)) throw unsafeKey(placeOf(where, path), key)
      return [key, copy(each, where, [...path, key])]
    }),
  )
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
