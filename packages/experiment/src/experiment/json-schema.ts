import type { Plugin, PluginKind, Registration, Registry } from '@ashlar/plugins'
import { type JsonSchema, jsonSchema } from '@ashlar/plugins'
import { experimentSchema } from '../config/schema.ts'

/** A JSON Schema document, as editors read it. */
export interface ExperimentJsonSchema extends JsonSchema {
  readonly $schema: string
  readonly title: string
  /** What references may be, by kind of plugin. */
  readonly $defs: Readonly<Record<string, JsonSchema>>
}

/** Keys that only files have; see `composeExperiment`. */
const DEFAULTS: JsonSchema = {
  type: 'array',
  description:
    'What this experiment stands on: other experiments, and files of groups such as `optimizer: fast`.',
  items: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
  },
}

/**
 * The JSON Schema of experiment files, with the plugins of a registry: every name, and the options of each.
 *
 * @example
 * // # yaml-language-server: $schema=./experiment.schema.json
 * JSON.stringify(experimentJsonSchema(registry))
 */
export function experimentJsonSchema(registry: Registry): ExperimentJsonSchema {
  const { properties = {}, ...rest } = withReferences(jsonSchema(experimentSchema)) as JsonSchema
  const kinds = registry.kinds()
  // A file is named by its name, and may leave to its defaults what others must give.
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Ashlar experiment',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      defaults: DEFAULTS,
      ...properties,
      callbacks: { ...properties.callbacks, ...callbacksByKey(registry) },
    },
    additionalProperties: rest.additionalProperties ?? false,
    $defs: Object.fromEntries(kinds.map((kind) => [kind, reference(registry, kind)])),
  }
}

/** A callback whose key names its plugin needs no name; `null` takes away what an experiment stands on. */
function callbacksByKey(registry: Registry): JsonSchema {
  const entries = registry.list('callback').map(({ plugin }): [string, JsonSchema] => {
    const { properties, additionalProperties = false } = optionsOf(plugin)
    const options = { type: 'object', ...(properties && { properties }), additionalProperties }
    return [plugin.name, { anyOf: [options, { $ref: '#/$defs/callback' }, { type: 'null' }] }]
  })
  return {
    properties: Object.fromEntries(entries),
    additionalProperties: {
      anyOf: [{ $ref: '#/$defs/callback' }, unnamed('callback'), { type: 'null' }],
    },
  }
}

/** A plugin of a kind, by name or with options. */
function reference(registry: Registry, kind: PluginKind): JsonSchema {
  const plugins = registry.list(kind)
  return {
    anyOf: [
      {
        enum: plugins.flatMap(({ plugin }) => namesOf(plugin)),
        description: `Name of a ${kind} plugin.`,
      },
      ...plugins.map((each) => withOptions(each)),
      // The key of a callback names it, if nothing else does.
      ...(kind === 'callback' ? [] : [unnamed(kind)]),
    ],
  }
}

/** Options alone: for an experiment that stands on another one, or for the plugin that is the default. */
function unnamed(kind: PluginKind): JsonSchema {
  return {
    type: 'object',
    not: { required: ['name'] },
    description: `Options of a ${kind} plugin that is named elsewhere.`,
  }
}

function withOptions({ plugin, owner }: Registration): JsonSchema {
  const options = optionsOf(plugin)
  return {
    type: 'object',
    description: `${plugin.description} (${owner})`,
    properties: { name: nameIn(plugin), ...options.properties },
    // What is left out may come from what the experiment stands on.
    required: ['name'],
    additionalProperties: options.additionalProperties ?? false,
  }
}

/** A name of its own stands first. */
function namesOf({ name, aliases = [] }: Plugin): string[] {
  return [name, ...aliases]
}

function nameIn(plugin: Plugin): JsonSchema {
  const names = namesOf(plugin)
  return names.length === 1 ? { const: plugin.name } : { enum: names }
}

function optionsOf({ options }: Plugin): JsonSchema {
  return withReferences(jsonSchema(options)) as JsonSchema
}

/** Of what a path or an address is for, they know nothing. An option may be called so as well, and is a schema. */
function isForEditors([key, value]: [string, unknown]): boolean {
  return (key !== 'access' && key !== 'base') || typeof value !== 'string'
}

/** A schema in which what names a plugin refers to the definition of its kind. */
function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences)
  if (typeof schema !== 'object' || schema === null) return schema
  const { plugin, anyOf, ...rest } = schema as JsonSchema
  if (plugin === undefined) {
    return Object.fromEntries(
      Object.entries(schema)
        .filter(isForEditors)
        .map(([key, value]) => [key, key === 'default' ? value : withReferences(value)]),
    )
  }
  // The plain string and mapping of a reference give way to the definition; what else may stand there stays.
  const others = (anyOf ?? []).filter(({ type }) => type !== 'string' && type !== 'object')
  const definition: JsonSchema = { $ref: `#/$defs/${plugin}` }
  return {
    ...rest,
    anyOf: [definition, ...others.map((each) => withReferences(each) as JsonSchema)],
  }
}
