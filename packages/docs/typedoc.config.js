import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGES = new URL('../', import.meta.url)

/** The sources of everything that published packages export. */
const entryPoints = readdirSync(PACKAGES).flatMap((name) => {
  const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, PACKAGES), 'utf8'))
  if (manifest.private) return []
  return Object.values(manifest.exports).flatMap((target) =>
    target['@ashlar/source'] === undefined ? [] : [join('..', name, target['@ashlar/source'])],
  )
})

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const config = {
  name: 'Ashlar',
  entryPoints,
  tsconfig: 'tsconfig.reference.json',
  out: '../../docs/reference',
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
