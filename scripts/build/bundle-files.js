import { join } from 'node:path'
import { build } from 'esbuild'
import { exporting, requiredNames } from '../typescript/commonjs.js'
import { readManifest } from './manifest.js'

/**
 * Makes one file for browsers of each module that a package's package.json names, with everything that it imports: who installs the package
 * needs no bundler. With `platform: node` it is a module for Node, which goes on importing the package's dependencies by their names, and has in it
 * what they do not export; those of them that are CommonJS and large can be named as `required`.
 *
 *     "bundled": { "dist/browser/app.js": "src/client/app.ts", "dist/index.js": { "from": "src/index.ts", "platform": "node" } }
 *
 * @param {string} folder the package.
 * @returns {Promise<string[]>} what was written, as paths below the package.
 */
export async function bundleFiles(folder) {
  /** @type {{ bundled?: Record<string, string | { from: string, required?: string[] }>, dependencies?: Record<string, string> }} */
  const { bundled = {}, dependencies = {} } = readManifest(folder)
  for (const [to, source] of Object.entries(bundled)) {
    const settings =
      typeof source === 'string'
        ? options(join(folder, source))
        : nodeOptions(
            join(folder, source.from),
            Object.keys(dependencies),
            source.required ?? [],
            folder,
          )
    await build({ ...settings, outfile: join(folder, to) })
  }
  return Object.keys(bundled)
}

/**
 * The same as text, for a working tree that is not built.
 *
 * @param {string} file the module.
 * @returns {Promise<string>}
 */
export async function bundle(file) {
  const { outputFiles } = await build({ ...options(file), write: false })
  return outputFiles[0]?.text ?? ''
}

/**
 * @param {string} file
 * @returns {import('esbuild').BuildOptions & { write?: boolean }}
 */
function options(file) {
  return {
    entryPoints: [file],
    bundle: true,
    format: 'iife',
    minify: true,
    charset: 'utf8',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@ashlar/source'],
    legalComments: 'inline',
    logLevel: 'error',
  }
}

/**
 * @param {string} file
 * @param {readonly string[]} names of packages that are installed beside it.
 * @param {readonly string[]} required
 * @param {string} folder the package.
 * @returns {import('esbuild').BuildOptions}
 */
function nodeOptions(file, names, required, folder) {
  return {
    ...options(file),
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    minify: false,
    // CommonJS that is put in asks for Node's modules by it.
    banner: {
      js: "import { createRequire as requireOfModule } from 'node:module'; const require = requireOfModule(import.meta.url);",
    },
    plugins: [dependencies(names, required, folder)],
  }
}

/**
 * By their names alone: a file within a package that its exports do not name could not be imported.
 *
 * @param {readonly string[]} names of packages that are installed beside it.
 * @param {readonly string[]} required those of them that are CommonJS.
 * @param {string} folder the package.
 * @returns {import('esbuild').Plugin}
 */
function dependencies(names, required, folder) {
  return {
    name: 'dependencies',
    setup(context) {
      context.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
        if (!names.includes(path)) return undefined
        if (kind === 'import-statement' && required.includes(path)) {
          return { path, namespace: 'required' }
        }
        return { path, external: true }
      })
      context.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
        contents: requiring(path, folder),
      }))
    },
  }
}

/**
 * An ES module that exports what a CommonJS package does, by the names that it has now. Node would find them by reading its text at each start, a tenth of a second for a megabyte.
 *
 * @param {string} name of the package.
 * @param {string} folder from which it is found.
 */
function requiring(name, folder) {
  const names = requiredNames(name, join(folder, 'package.json'))
  return [`const all = require(${JSON.stringify(name)})`, ...exporting(names)].join('\n')
}
