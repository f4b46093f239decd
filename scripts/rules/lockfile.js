import { isDeepStrictEqual } from 'node:util'
import { yamlOf } from './yaml-of.js'

const KINDS = /** @type {const} */ (['dependencies', 'devDependencies', 'optionalDependencies'])

const HINT = 'run: node scripts/pnpm.js install --no-frozen-lockfile'

/**
 * The lockfile says of every package what its manifest says: otherwise `install --frozen-lockfile` refuses, and with it
 * every fresh clone.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function lockfile({ files, packages }) {
  const find = (/** @type {string} */ path) => files.find((file) => file.path === path)
  const locked = find('pnpm-lock.yaml')
  if (locked === undefined) return []
  const { importers = {}, catalogs = {}, overrides = {} } = yamlOf(locked)
  const workspace = find('pnpm-workspace.yaml')
  const settings = (workspace && yamlOf(workspace)) ?? {}
  const root = JSON.parse(find('package.json')?.text ?? '{}')
  const manifests = [
    { folder: '.', manifest: root },
    ...packages.filter(({ folder }) => isMember(folder, settings.packages ?? [])),
  ]
  const folders = manifests.map(({ folder }) => folder)
  const problems = [
    ...manifests.flatMap(({ folder, manifest }) =>
      differences(`of ${folder}`, wanted(manifest), specifiers(importers[folder] ?? {})),
    ),
    ...Object.keys(importers)
      .filter((folder) => !folders.includes(folder))
      .map((folder) => `has ${folder}, which is no package`),
    // A catalog holds what is in use alone.
    ...Object.entries(catalogs.default ?? {})
      .filter(([name, { specifier }]) => settings.catalog?.[name] !== specifier)
      .map(([name, { specifier }]) => `has ${name} ${specifier} in the catalog`),
    ...(isDeepStrictEqual(settings.overrides ?? {}, overrides) ? [] : ['has other overrides']),
  ]
  return problems.map((problem) => ({ path: 'pnpm-lock.yaml', text: `${problem}; ${HINT}` }))
}

/**
 * @param {string} folder
 * @param {string[]} patterns of pnpm-workspace.yaml: `bench` and `packages/*`.
 */
function isMember(folder, patterns) {
  return patterns.some((pattern) =>
    pattern.endsWith('/*') ? folder.startsWith(pattern.slice(0, -1)) : folder === pattern,
  )
}

/**
 * @param {Record<string, any>} manifest
 * @returns {Record<string, string>} `kind name` to what is asked for.
 */
function wanted(manifest) {
  const entries = KINDS.flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}).map(([name, version]) => ({ kind, name, version })),
  )
  // pnpm installs peers by itself, as dependencies, unless the package has them anyway.
  for (const [name, version] of Object.entries(manifest.peerDependencies ?? {})) {
    if (entries.some((entry) => entry.name === name)) continue
    entries.push({ kind: 'dependencies', name, version })
  }
  return Object.fromEntries(entries.map(({ kind, name, version }) => [`${kind} ${name}`, version]))
}

/**
 * @param {Record<string, any>} importer
 * @returns {Record<string, string>}
 */
function specifiers(importer) {
  return Object.fromEntries(
    KINDS.flatMap((kind) =>
      Object.entries(importer[kind] ?? {}).map(([name, { specifier }]) => [
        `${kind} ${name}`,
        specifier,
      ]),
    ),
  )
}

/**
 * @param {string} where
 * @param {Record<string, string>} expected
 * @param {Record<string, string>} found
 */
function differences(where, expected, found) {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((key) => expected[key] !== found[key])
    .map(
      (key) =>
        `must have ${expected[key] ?? 'no'} for ${key} ${where}, got ${found[key] ?? 'none'}`,
    )
}
