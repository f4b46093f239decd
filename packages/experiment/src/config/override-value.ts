import { ConfigError } from '@ashlar/errors'
import type { Data } from '@ashlar/plugins'
import { hasComment, parseYaml } from './yaml.ts'

/** What begins a list, a mapping or a quoted text, which are YAML; everything else is one word or one text. */
const BEGINS_YAML = /^\s*[[{"']/
/** What may be a number, true, false or null. */
const WORD = /^([-+]?\.?\w[-+.\w]*|~)$/

/**
 * The value of an override: a list, a mapping or a quoted text in YAML (`[1, 2]`, `{k: 1}`, `"1"`), a number, true, false or null, and
 * otherwise the text as it is, without spaces around it. Nothing in it is a comment, a marker or a reference: `#fff`, `|`, `-`, a tab and `a: b` are texts.
 *
 * @param where names the override in errors.
 * @throws ConfigError for a list, mapping or quoted text that is no YAML, or that YAML would read a comment behind.
 */
export function parseOverrideValue(text: string, path: readonly string[], where: string): unknown {
  if (BEGINS_YAML.test(text)) {
    if (hasComment(text)) {
      throw new ConfigError({
        where,
        expected: 'must be without a comment, which would be left out',
        given: text,
        hint: 'Put quotes around what # is part of.',
      })
    }
    return parseYaml(text, where, { empty: (inside) => emptyValue([...path, ...inside]) })
  }
  const trimmed = text.trim()
  // Spaces alone may be meant: a delimiter.
  if (trimmed === '') return text
  if (!WORD.test(trimmed)) return trimmed
  const value = parseYaml(trimmed, where)
  if (typeof value === 'number') return isExact(value, trimmed) ? value : trimmed
  return typeof value === 'boolean' || value === null ? value : trimmed
}

/** Digits of a whole number that JavaScript has no number for are better kept as text, which says so where a number is asked for. */
function isExact(value: number, text: string): boolean {
  return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(text)
}

/** What a key without a value stands for: in `callbacks` the one that it names, with its defaults. */
export function emptyValue(path: readonly PropertyKey[]): Data {
  return path.length === 2 && path[0] === 'callbacks' ? {} : null
}
