import { readEncodings, readMetadata } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { type Graph, ir } from '@ashlar/graph'
import { z } from 'zod'
import { isOwnScope, ownName } from '../source/own-scopes.ts'

/**
 * The key under which a file says which of its layers the exporter has added, as a JSON list of what the names of their nodes begin with: `preprocess`, which makes samples of raw data, and `labels`,
 * which names classes, each with a number behind it where a layer of the model is called so.
 */
const OWN_LAYERS_KEY = 'ashlar.own_layers'

/**
 * A graph whose layers have the names that its file is to have, and the metadata that says which of them are the exporter's own.
 *
 * @param isRaw whether it makes samples of raw data, and so says it of none, too.
 */
export function withOwnLayers(
  graph: Graph,
  isRaw: boolean,
): {
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
} {
  const scopes = new Set(ir.allNodes(graph).map(({ scope }) => scope))
  const own = new Map([...scopes].filter(isOwnScope).map((scope) => [scope, ownName(scope)]))
  if (own.size === 0 && !isRaw) return { graph, metadata: {} }
  for (const [scope, wanted] of own) {
    let name = wanted
    for (let count = 2; scopes.has(name); count++) name = `${wanted}_${count}`
    scopes.add(name)
    own.set(scope, name)
  }
  const metadata = { [OWN_LAYERS_KEY]: JSON.stringify([...own.values()]) }
  return { graph: renamed(graph, own), metadata }
}

/**
 * Which layers of a file the exporter has added, as it says itself; none of a file that says nothing, as those of other exporters.
 *
 * @param what cannot be done with the file otherwise.
 * @throws ConfigError for a file that has such layers, and is older than what says which.
 */
export function ownLayersSaid(
  metadata: ReadonlyMap<string, string>,
  where: string,
  what: string,
): string[] {
  const said = readMetadata(metadata, OWN_LAYERS_KEY, z.array(z.string()), where)
  if (said !== undefined) return said
  const { input, inputs = {} } = readEncodings(metadata, where)
  if (![input, ...Object.values(inputs)].some((each) => each?.inGraph)) return []
  throw new ConfigError({
    where,
    expected: `a file that makes samples of raw data itself must say which of its layers do so (\`${OWN_LAYERS_KEY}\`), ${what}`,
    hint: 'It was exported before files said so: export it again.',
  })
}

function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const nodes = graph.nodes.map((node): ir.Node => {
    const attrs = Object.entries(node.attrs).map(([name, value]) => [
      name,
      value !== undefined && ir.isGraph(value) ? renamed(value, names) : value,
    ])
    const scope = names.get(node.scope) ?? node.scope
    return { ...node, scope, attrs: Object.fromEntries(attrs) }
  })
  return { ...graph, nodes }
}
