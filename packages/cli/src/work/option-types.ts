import type { Plugin } from '@ashlar/core'
import { type JsonSchema, jsonSchema, type Registration } from '@ashlar/plugins'

/**
 * The options of plugins as TypeScript, for experiments that are written with `defineExperiment`.
 *
 * @returns a module that adds to the interface `AshlarPlugins`.
 */
export function optionTypes(registrations: readonly Registration[]): string {
  const entries = registrations.flatMap(({ plugin }) => [entry(plugin), ...aliases(plugin)])
  return `// Written by \`ashlar schema --types\`.
// biome-ignore-all format: as it was written
// biome-ignore-all lint/style/noExcessiveLinesPerFile: one entry for each plugin
import type { TypedReference } from '@ashlar/experiment'

declare global {
  interface AshlarPlugins {
${entries.join('\n')}
  }
}
`
}

function entry({ kind, name, description, options }: Plugin): string {
  return `    /** ${comment(description)} */\n    '${kind} ${name}': ${objectType(jsonSchema(options), '    ')}`
}

/** A plugin under its other names. */
function aliases({ kind, name, aliases = [] }: Plugin): string[] {
  return aliases.map((alias) => `    '${kind} ${alias}': AshlarPlugins['${kind} ${name}']`)
}

function objectType({ properties = {}, required = [] }: JsonSchema, indent: string): string {
  const lines = Object.entries(properties).flatMap(([key, schema]) => {
    const optional = required.includes(key) && schema.default === undefined ? '' : '?'
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)
    const words = schema.description === undefined ? [] : [`/** ${comment(schema.description)} */`]
    const type = typeOf(schema, `${indent}  `)
    // Files of an experiment may say `undefined` where they leave an option out.
    return [...words, `${name}${optional}: ${type}${optional && ' | undefined'}`]
  })
  if (lines.length === 0) return 'object'
  return `{\n${lines.map((line) => `${indent}  ${line}\n`).join('')}${indent}}`
}

/** The TypeScript of a schema. What has no name there (bounds, patterns) is checked when the experiment is read. */
function typeOf(schema: JsonSchema, indent: string): string {
  const { type, anyOf, plugin, items, prefixItems, properties, additionalProperties } = schema
  if (plugin !== undefined) {
    const others = (anyOf ?? []).filter(({ type }) => type !== 'string' && type !== 'object')
    return union([`TypedReference<'${plugin}'>`, ...others.map((each) => typeOf(each, indent))])
  }
  if (anyOf !== undefined) return union(anyOf.map((each) => typeOf(each, indent)))
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return union(schema.enum.map(literal))
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string' || type === 'boolean' || type === 'null') return type
  if (type === 'array' && prefixItems !== undefined) {
    return `readonly [${prefixItems.map((each) => typeOf(each, indent)).join(', ')}]`
  }
  if (type === 'array') {
    const inside = typeOf(items ?? {}, indent)
    return `readonly ${/\||^readonly/.test(inside) ? `(${inside})` : inside}[]`
  }
  if (type === 'object' && properties !== undefined) return objectType(schema, indent)
  if (type === 'object') {
    const inside = typeof additionalProperties === 'object' ? additionalProperties : {}
    return `Readonly<Record<string, ${typeOf(inside, indent)}>>`
  }
  return 'unknown'
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : JSON.stringify(value)
}

/** What may stand in a comment on one line. */
function comment(text: string): string {
  return text.replaceAll('*/', '*\\/').replaceAll('\n', ' ')
}
