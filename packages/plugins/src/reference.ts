import { z } from 'zod'
import { check } from './options/check.ts'
import { jsonSchema } from './options/json-schema.ts'
import type { PluginKind } from './products.ts'
import type { Registry } from './registry.ts'

/** A plugin by name, with its options beside the name. */
export interface Reference {
  readonly name: string
  readonly [option: string]: unknown
}

/** What an experiment may write for a reference: the name alone, or the name with options. */
export type ReferenceInput = string | Reference

/**
 * The schema of a reference. It knows nothing of the plugin's options: {@link resolveReference} checks those.
 *
 * @param kind what is named; editors and the resolver find it in the schema's metadata.
 */
export function referenceTo(kind: PluginKind): z.ZodType<ReferenceInput> {
  return z
    .union([z.string().min(1), z.looseObject({ name: z.string().min(1) })])
    .meta({ plugin: kind })
}

/**
 * A reference with all options of its plugin: checked, defaults filled in, references inside resolved in turn.
 *
 * @param where names the reference in errors: `experiment.model`.
 * @returns with the name of the plugin's own where an alias was given.
 * @throws ConfigError for an unknown name, an unknown option (with the closest known one) and a wrong value.
 */
export function resolveReference(
  registry: Registry,
  kind: PluginKind,
  input: ReferenceInput,
  where: string,
): Reference {
  const { name, ...given } = typeof input === 'string' ? { name: input } : input
  const { plugin } = registry.get(kind, name, where)
  const options = check(plugin.options, given, where) as Record<string, unknown>
  for (const [key, inner] of innerReferences(plugin.options)) {
    const value = options[key]
    if (isReference(value)) {
      options[key] = resolveReference(registry, inner, value, `${where}.${key}`)
    }
  }
  return { name: plugin.name, ...options }
}

/** The options of a plugin that name other plugins, found by the metadata that {@link referenceTo} leaves. */
function innerReferences(options: z.ZodObject): [key: string, kind: PluginKind][] {
  return Object.entries(jsonSchema(options).properties ?? {}).flatMap(([key, { plugin }]) =>
    plugin === undefined ? [] : [[key, plugin as PluginKind]],
  )
}

/** Numbers may stand where a reference may: a constant learning rate. */
function isReference(value: unknown): value is ReferenceInput {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'name' in value)
  )
}
