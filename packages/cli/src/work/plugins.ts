import type { PluginKind } from '@ashlar/core'
import { ConfigError, closest, unknownName } from '@ashlar/errors'
import { inWords, type JsonSchema, jsonSchema, kindNames, kindOf } from '@ashlar/plugins'
import type { Output } from '../terminal/output.ts'
import { builtInPlugins } from './registry.ts'
import { type OtherTargets, resolveTarget, type TargetOptions } from './target.ts'

/** Which plugins to list. */
export interface PluginsRequest extends TargetOptions {
  /** A plugin, which is listed alone, or an experiment whose own plugins are listed as well. */
  readonly target: string | undefined
  readonly kind: string | undefined
}

/** Lists plugins by kind, with their options and owners. */
export async function listPlugins(
  { target, kind, ...options }: PluginsRequest,
  output: Output,
): Promise<void> {
  if (kind !== undefined && !isKind(kind)) {
    throw new ConfigError(unknownName('ashlar plugins', 'kind', kind, kindNames()))
  }
  const builtIn = builtInPlugins()
  const names = builtIn.kinds().flatMap((each) => builtIn.names(each))
  const only = target !== undefined && names.includes(target) ? target : undefined
  const registry =
    target === undefined || only !== undefined
      ? builtIn
      : (await resolveTarget(target, { ...options, parts: [] }, near(target, names))).registry
  const kinds = kind === undefined ? registry.kinds() : [kind]
  const listOf = (each: PluginKind) =>
    registry.list(each).filter(({ plugin }) => only === undefined || plugin.name === only)
  const listed = kinds.flatMap(listOf)
  if (listed.length === 0 && only !== undefined) {
    throw new ConfigError(unknownName('ashlar plugins', kind!, only, registry.names(kinds[0]!)))
  }
  for (const each of kinds) {
    const plugins = listOf(each)
    if (plugins.length === 0) continue
    output.line(output.colors.bold(kindOf(each)!.plural))
    for (const { plugin, owner } of plugins) {
      const { cyan, dim } = output.colors
      output.line(`  ${cyan(plugin.name)}  ${plugin.description} ${dim(`(${owner})`)}`)
      for (const line of describeOptions(jsonSchema(plugin.options))) output.line(`      ${line}`)
    }
    output.line()
  }
  output.result({
    plugins: listed.map(({ plugin, owner }) => {
      const { properties, required } = jsonSchema(plugin.options)
      return {
        kind: plugin.kind,
        name: plugin.name,
        description: plugin.description,
        owner,
        aliases: plugin.aliases ?? [],
        options: properties ?? {},
        required: required ?? [],
      }
    }),
  })
}

/** What the command takes, for its error: of the many plugins, the one that may be meant. */
function near(name: string, plugins: readonly string[]): OtherTargets {
  const found = closest(name, plugins)
  return { kind: 'plugin or experiment', names: found === undefined ? [] : [found] }
}

function isKind(text: string): text is PluginKind {
  return kindOf(text as PluginKind) !== undefined
}

/** `numClasses  a positive integer, default 10. Width of the output.` */
function describeOptions({ properties = {}, required = [] }: JsonSchema): string[] {
  const width = Math.max(0, ...Object.keys(properties).map((key) => key.length))
  return Object.entries(properties).map(([key, schema]) => {
    const type = schema.plugin === undefined ? inWords(schema) : withPlugin(schema)
    const fallback =
      schema.default === undefined
        ? required.includes(key)
          ? ', required'
          : ''
        : `, default ${JSON.stringify(schema.default)}`
    return `${key.padEnd(width)}  ${type}${fallback}. ${schema.description ?? ''}`.trimEnd()
  })
}

/** An option that names another plugin. */
function withPlugin({ anyOf = [], plugin }: JsonSchema): string {
  const others = anyOf.filter(({ type }) => type !== 'object' && type !== 'string').map(inWords)
  return [...others, `a ${plugin} (name and options)`].join(' or ')
}
