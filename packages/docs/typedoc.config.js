import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Converter, ReflectionKind } from 'typedoc'

const PACKAGES = new URL('../', import.meta.url)

/** What published packages export: what an import says, and its source. */
const entries = readdirSync(PACKAGES).flatMap((name) => {
  const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, PACKAGES), 'utf8'))
  if (manifest.private) return []
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    const source = target['@ashlar/source']
    return source === undefined
      ? []
      : [{ specifier: posix.join(manifest.name, path), source: posix.join(name, source) }]
  })
})

/** Pages are named by what an import says, not by where the source lies. */
const specifiers = new Map(
  entries.map(({ specifier, source }) => [source.replace(/(\/index)?\.ts$/, ''), specifier]),
)

/** @param {import('typedoc').Application} app */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = specifiers.get(module.name) ?? module.name
    }
  })
}

/** @type {Partial<import('typedoc').TypeDocOptions> & Partial<import('typedoc-plugin-markdown').PluginOptions>} */
const config = {
  name: 'API',
  entryPoints: entries.map(({ source }) => join('..', source)),
  tsconfig: 'tsconfig.reference.json',
  plugin: ['typedoc-plugin-markdown', nameModules],
  router: 'module',
  excludeScopesInPaths: true,
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  useCustomAnchors: true,
  indexFormat: 'table',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  out: '.cache/api',
  readme: 'none',
  includeVersion: true,
  excludeExternals: true,
  // Links to sources would need a remote of a known host, which a checkout need not have.
  disableSources: true,
  excludePrivate: true,
  // The compiler of the workspace is newer than the one that typedoc brings along; types are checked by the former.
  skipErrorChecking: true,
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  // Comments that come from TensorFlow.js link to its own pages, which are not made here.
  externalSymbolLinkMappings: { '@tensorflow/tfjs-converter': { '*': '#' } },
  treatWarningsAsErrors: true,
}

// typedoc reads the default export.
// biome-ignore lint/style/noDefaultExport: see above
export default config
