import { existsSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { exporting, requiredNames } from '../typescript/commonjs.js'
import { readManifest } from './manifest.js'

/**
 * Has what is imported of CommonJS packages required, by the names that they have now. Node would find those by reading the text of each of their files at each start:
 * onnx-proto takes 5 ms to load, and 30 ms when it is imported.
 *
 * @param {string} folder the package that imports them.
 * @param {ReadonlyMap<string, string>} names of packages that another stands for in what is published: which that is, it says itself.
 * @returns {import('esbuild').Plugin}
 */
export function required(folder, names) {
  return {
    name: 'required',
    setup(context) {
      context.onResolve({ filter: /^[@a-z]/ }, ({ path, kind, namespace }) => {
        if (kind !== 'import-statement' || namespace === NAMESPACE) return undefined
        if (names.has(path) || !isCommonJs(path, folder)) return undefined
        return { path, namespace: NAMESPACE }
      })
      context.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
        contents: [
          "import { createRequire } from 'node:module'",
          `const all = createRequire(import.meta.url)(${JSON.stringify(path)})`,
          'export default all',
          ...exporting(namesOf(path, folder)),
        ].join('\n'),
      }))
    },
  }
}

const NAMESPACE = 'required'

/**
 * The names of a package, which may need what is imported before it, as tsyringe needs reflect-metadata.
 *
 * @param {string} name
 * @param {string} folder the package that imports it.
 */
function namesOf(name, folder) {
  const manifest = join(folder, 'package.json')
  try {
    return requiredNames(name, manifest)
  } catch {
    const { dependencies = {} } = readManifest(folder)
    const others = Object.keys(dependencies).filter((other) => other !== name)
    const require = createRequire(manifest)
    for (const other of others) if (isCommonJs(other, folder)) require(other)
    return requiredNames(name, manifest)
  }
}

/**
 * Whether a package has CommonJS and nothing else: one entrance for `import` and for `require`.
 *
 * @param {string} name
 * @param {string} folder from which it is found.
 */
function isCommonJs(name, folder) {
  if (isBuiltin(name)) return false
  try {
    const path = createRequire(join(folder, 'package.json')).resolve(name)
    // The nearest says what a file is; entrances are said further up, where files lie in folders of their own.
    const manifests = manifestsOf(path)
    const { type } = manifests[0] ?? {}
    const isOne = path.endsWith('.cjs') || (path.endsWith('.js') && type !== 'module')
    return isOne && !manifests.some(hasModules)
  } catch {
    // It has no entrance for `require`, or is not installed here.
    return false
  }
}

/**
 * Whether a package.json names entrances that are not the same for `import` and for `require`.
 *
 * @param {{ readonly exports?: unknown }} manifest
 */
function hasModules({ exports }) {
  return /"(import|require|module|module-sync)":|\.mjs"/.test(JSON.stringify(exports ?? ''))
}

/**
 * What each package.json says that a module belongs to, the nearest first, up to its package's own.
 *
 * @param {string} path of the module.
 * @returns {{ readonly type?: string; readonly exports?: unknown }[]}
 */
function manifestsOf(path) {
  const folder = dirname(path)
  if (folder === path || basename(folder) === 'node_modules') return []
  const manifest = join(folder, 'package.json')
  const own = existsSync(manifest) ? [JSON.parse(readFileSync(manifest, 'utf8'))] : []
  return [...own, ...manifestsOf(folder)]
}
