import { kindOf, type PluginKind } from '@ashlar/plugins'
import { code, type Page, plain } from '../page.ts'
import type { ListedPlugin } from './asked.ts'
import { optionsTable, prose } from './options.ts'

/** A page for each kind of plugin, with every plugin that comes along and every option. */
export function pluginPages(plugins: readonly ListedPlugin[]): Page[] {
  const kinds = [...new Set(plugins.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const title = titleOf(kind)
    const parts = plugins.filter((plugin) => plugin.kind === kind).map(pluginPart)
    const text = `# ${title}

What comes with Ashlar, as \`npx ashlar plugins --kind ${kind}\` lists it. \`npx ashlar new plugin --kind ${kind}\` begins one of your own.

${parts.join('\n\n')}
`
    return { path: `reference/plugins/${kind}.md`, title, text }
  })
}

/** What a kind is called as a heading. */
function titleOf(kind: string): string {
  const plural = kindOf(kind as PluginKind)?.plural ?? kind
  return plural.charAt(0).toUpperCase() + plural.slice(1)
}

function pluginPart(plugin: ListedPlugin): string {
  const { name, aliases, description, owner, options, required } = plugin
  const others = aliases.length === 0 ? '' : ` Also called ${aliases.map(code).join(', ')}.`
  return `## ${plain(name)}

${prose(description)}${others} From ${code(owner)}.

${optionsTable({ properties: options, required }, (kind) => `./${kind}`)}`
}
