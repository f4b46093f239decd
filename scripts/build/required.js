import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
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
    const { type, exports } = JSON.parse(readFileSync(manifestOf(path), 'utf8'))
    const entrances = JSON.stringify(exports ?? '')
    return path.endsWith('js') && type !== 'module' && !/"(import|module)"|\.mjs/.test(entrances)
  } catch {
    // It has no entrance for `require`, or is not installed here.
    return false
  }
}

/** @param {string} path of a module. */
function manifestOf(path) {
  const folder = dirname(path)
  const manifest = join(folder, 'package.json')
  try {
    readFileSync(manifest)
    return manifest
  } catch {
    if (folder === dirname(folder)) throw new Error(`${path} is of no package`)
    return manifestOf(folder)
  }
}
