import type { Attrs } from './graph.ts'

/**
 * Attributes as text: equal for equal attributes, different for different ones. JSON alone would make one of Infinity, -Infinity and NaN, and one of
 * 0 and -0.
 */
export function attrsKey(attrs: Attrs): string {
  // By far the most attributes are plain: those are written here, as JSON has them, in a third of the time.
  let plain = ''
  for (const name of Object.keys(attrs)) {
    const value = attrs[name]
    if (value === undefined) continue
    const text = plainText(value)
    if (text === undefined) return anyKey(attrs)
    plain += `${plain === '' ? '' : ','}${JSON.stringify(name)}:${text}`
  }
  return `{${plain}}`
}

/** Text, truth values, and lists of these and of numbers that JSON has; undefined for anything else. */
function plainText(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined
  }
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  let list = ''
  for (const each of value) {
    const text = plainText(each)
    if (text === undefined) return undefined
    list += `${list === '' ? '' : ','}${text}`
  }
  return `[${list}]`
}

function anyKey(attrs: Attrs): string {
  return JSON.stringify(attrs, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`
    if (isSize(value)) return `#${value.key}`
    if (typeof value !== 'number') return value
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : `#${Object.is(value, -0) ? '-0' : value}`
  })
}

/** A size that varies is known by its key. */
function isSize(value: unknown): value is { readonly key: string } {
  return typeof value === 'object' && value !== null && 'terms' in value && 'key' in value
}
