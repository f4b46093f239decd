import type { AccessKind, JsonSchema, PathBase } from '@ashlar/plugins'

/** A string that reaches beyond the data that it lies in. */
export interface Access {
  readonly kind: AccessKind
  /** Of a path. */
  readonly base: PathBase
  readonly value: string
  /** Keys that lead there. */
  readonly path: readonly string[]
  /** Whether it is what the schema gives where nothing is said. */
  readonly isDefault: boolean
}

/** Data that names a plugin. */
export interface FoundReference {
  /** Of the plugin. */
  readonly kind: string
  readonly value: unknown
  readonly path: readonly string[]
}

/** What data asks for, by the schema that it is checked with. */
export interface Found {
  readonly accesses: readonly Access[]
  readonly references: readonly FoundReference[]
}

/**
 * Walks data beside its schema, and finds every string that is declared to be a module, a path or an address, and every reference to a plugin.
 *
 * Alternatives are all looked at: what one of them would take for a path counts as one. Only behind a constant that the value is, as `bytes` of `bytes` or
 * a path, none is: the first alternative that fits is taken, so it is that constant.
 */
export function findAccesses(schema: JsonSchema, data: unknown): Found {
  const accesses = new Map<string, Access>()
  const references = new Map<string, FoundReference>()
  const walk = (at: JsonSchema, value: unknown, path: readonly string[]): void => {
    if (value === undefined || value === null) return
    const key = JSON.stringify(path)
    if (at.plugin !== undefined) {
      references.set(key, { kind: at.plugin, value, path })
      return
    }
    if (at.access !== undefined && typeof value === 'string') {
      const base = (at.base ?? 'experiment') as PathBase
      const isDefault = at.default === value
      accesses.set(key, { kind: at.access as AccessKind, base, value, path, isDefault })
    }
    const { anyOf = [], oneOf = [], allOf = [] } = at
    const constant = anyOf.findIndex((each) => Object.hasOwn(each, 'const') && each.const === value)
    const reached = constant < 0 ? anyOf : anyOf.slice(0, constant)
    for (const each of [...reached, ...oneOf, ...allOf]) walk(each, value, path)
    if (Array.isArray(value)) {
      for (const [i, each] of value.entries()) {
        const inside = at.prefixItems?.[i] ?? at.items
        if (inside !== undefined) walk(inside, each, [...path, String(i)])
      }
      return
    }
    if (typeof value !== 'object') return
    for (const [name, each] of Object.entries(value)) {
      const { properties = {}, additionalProperties: others } = at
      const inside = Object.hasOwn(properties, name) ? properties[name] : others
      if (typeof inside === 'object') walk(inside, each, [...path, name])
    }
  }
  walk(schema, data, [])
  return { accesses: [...accesses.values()], references: [...references.values()] }
}
