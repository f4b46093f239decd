/**
 * What every package under `packages/` has: a README with an example, tests, a manifest like its neighbours', and exports
 * whose targets exist once built.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function manifests(workspace) {
  const { files, packages } = workspace
  const root = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}')
  return packages
    .filter(({ folder }) => folder.startsWith('packages/'))
    .flatMap((item) =>
      [...common(item, root), ...(item.manifest.private ? [] : published(item))].map((text) => ({
        path: `${item.folder}/package.json`,
        text,
      })),
    )
    .concat(shared(workspace))
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {Record<string, any>} root
 */
function common({ name, folder, manifest, files }, root) {
  const readme = files.find(({ path }) => path === `${folder}/README.md`)
  const wanted = {
    name: `@ashlar/${name}`,
    version: root.version,
    license: root.license,
    type: 'module',
  }
  return [
    ...Object.entries(wanted)
      .filter(([key, value]) => manifest[key] !== value)
      .map(([key, value]) => `${key} must be ${value}, got ${manifest[key]}`),
    ...(manifest.engines?.node === root.engines?.node ? [] : ['engines must be those of the root']),
    ...(manifest.scripts?.test === `node ../../scripts/test.js ${name}`
      ? []
      : [`the script test must be: node ../../scripts/test.js ${name}`]),
    ...(readme?.text.includes('```') ? [] : ['a README.md with an example must lie beside it']),
    ...(files.some(({ path }) => path.startsWith(`${folder}/test/`)) ? [] : ['test/ must exist']),
  ]
}

/** @param {import('./workspace.js').Package} item */
function published({ folder, manifest, files }) {
  const paths = new Set(files.map(({ path }) => path))
  const { exports = {}, bin = {} } = manifest
  const missing = [...targets(exports), ...targets(bin)].filter(
    (target) => !paths.has(`${folder}/${sourceOf(target)}`) && !isOfOther(target, manifest),
  )
  return [
    ...missing.map((target) => `${target} must stand for a file, there is no ${sourceOf(target)}`),
    ...(exports['./package.json'] === './package.json' ? [] : ['exports must have ./package.json']),
    ...(['dist', 'src'].every((name) => manifest.files?.includes(name))
      ? []
      : ['files must have dist and src']),
    ...(typeof manifest.description === 'string' ? [] : ['a description must be given']),
  ]
}

/**
 * Whether the build copies a file from the package that this one stands for, into vendor/.
 *
 * @param {string} target
 * @param {Record<string, any>} manifest
 */
function isOfOther(target, { standsFor }) {
  return standsFor !== undefined && target.startsWith('./vendor/')
}

/**
 * Versions are exact, and those that two packages share are in the catalog.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
function shared({ packages }) {
  /** @type {Map<string, string>} */
  const firstUse = new Map()
  return packages.flatMap(({ folder, manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).flatMap(
      ([name, version]) => {
        if (/^(catalog:|workspace:\*)$/.test(version)) return []
        const path = `${folder}/package.json`
        if (!/^\d+\.\d+\.\d+/.test(version)) {
          return { path, text: `${name} must have an exact version, got ${version}` }
        }
        const other = firstUse.get(name)
        firstUse.set(name, folder)
        return other === undefined
          ? []
          : { path, text: `${name} must be in the catalog: ${other} uses it as well` }
      },
    ),
  )
}

/**
 * @param {unknown} value a string, or conditions and paths down to strings.
 * @returns {string[]} the files they name.
 */
function targets(value) {
  if (typeof value === 'string') return value.includes('*') ? [] : [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(targets) : []
}

/**
 * The tracked file behind a target: `dist` is what `tsc -b` makes of `src`.
 *
 * @param {string} target
 */
function sourceOf(target) {
  const path = target.replace(/^\.\//, '')
  return path.startsWith('dist/')
    ? path.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts')
    : path
}
