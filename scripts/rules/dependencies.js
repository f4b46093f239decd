import { builtinModules } from 'node:module'
import { CODE, specifiersOf } from './specifiers.js'

const BUILTIN = new Set(builtinModules)

/**
 * A package declares what it imports: what its `src` needs is there when somebody installs it, so it is no devDependency.
 * The programs of the guides are run by `packages/docs`, and need what it declares.
 *
 * In a workspace everything is installed, and nobody notices until the package stands alone.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function declaredImports({ files, packages }) {
  const stoodFor = packages.flatMap(({ manifest: { name, standsFor } }) =>
    standsFor === undefined ? [] : [{ name, standsFor }],
  )
  const guides = files.filter(({ path }) => /^docs\/guides\/[^/]+\.md$/.test(path))
  return packages.flatMap((item) => {
    const shipped = item.files.filter(({ path }) => isCode(path, `${item.folder}/src/`))
    const run = item.name === 'docs' ? guides : []
    return [
      ...published(item, stoodFor),
      ...shipped.flatMap((file) =>
        undeclared(item, file, declaredOf(item, isBuiltIn(item, file), stoodFor)),
      ),
      ...run.flatMap((file) => undeclared(item, file, declaredOf(item, true, stoodFor))),
    ]
  })
}

/**
 * Whether what a file imports need not be installed with the package: the build puts it into one file with all that, or the package is for nobody else.
 *
 * @param {import('./workspace.js').Package} item
 * @param {import('./workspace.js').SourceFile} file
 */
function isBuiltIn({ folder, manifest }, { path }) {
  /** @type {({ from?: string } | string)[]} */
  const bundled = Object.values(manifest.bundled ?? {})
  return (
    manifest.private === true ||
    bundled.some((each) => typeof each !== 'string' && path === `${folder}/${each.from}`)
  )
}

/**
 * @typedef {object} StandIn A package of ours whose name the build writes where another's is imported.
 * @property {string} name
 * @property {string} standsFor
 */

/**
 * What a package of ours stands for is not installed with those that are published.
 *
 * @param {import('./workspace.js').Package} item
 * @param {StandIn[]} stoodFor
 * @returns {import('./workspace.js').Problem[]}
 */
function published({ folder, manifest }, stoodFor) {
  if (manifest.private) return []
  return stoodFor
    .filter(({ standsFor }) => manifest.dependencies?.[standsFor] !== undefined)
    .map(({ name, standsFor }) => ({
      path: `${folder}/package.json`,
      text: `${standsFor} must be a devDependency, and ${name}, which stands for it, a dependency`,
    }))
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {boolean} withDev
 * @param {StandIn[]} stoodFor
 * @returns {Set<string>}
 */
function declaredOf({ manifest }, withDev, stoodFor) {
  const { name, dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest
  const all = { ...dependencies, ...peerDependencies, ...optionalDependencies }
  const installed = [name, ...Object.keys(withDev ? { ...all, ...devDependencies } : all)]
  const standing = stoodFor.filter((each) => installed.includes(each.name))
  return new Set([...installed, ...standing.map(({ standsFor }) => standsFor)])
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {import('./workspace.js').SourceFile} file
 * @param {Set<string>} declared
 * @returns {import('./workspace.js').Problem[]}
 */
function undeclared({ folder, manifest }, file, declared) {
  return specifiersOf(file).flatMap(({ text, line, use }) => {
    // What is looked up by name may be missing: the program asks first.
    const name = use === 'import' ? packageOf(text) : undefined
    if (name === undefined || declared.has(name)) return []
    const problem =
      manifest.devDependencies?.[name] === undefined
        ? `${name} must be declared in ${folder}/package.json`
        : `${name} must be a dependency in ${folder}/package.json, not a devDependency`
    return { path: file.path, line, text: problem }
  })
}

/** @param {string} specifier */
function packageOf(specifier) {
  if (/^(\.|\/|#|node:|[^@a-z])/.test(specifier)) return undefined
  const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1]
  return name === undefined || BUILTIN.has(name) ? undefined : name
}

/**
 * @param {string} path
 * @param {string} folder
 */
function isCode(path, folder) {
  return path.startsWith(folder) && CODE.test(path)
}
