import type { Attrs } from './graph.ts'

/**
 * Attributes as text: equal for equal attributes, different for different ones. JSON alone would make one of Infinity, -Infinity and NaN, and one of
 * 0 and -0.
 */
export function attrsKey(attrs: Attrs): string {
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
