import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Makes one file for browsers of each module that a package's package.json names, with everything that it imports: who installs the package
 * needs no bundler.
 *
 *     "bundled": { "dist/browser/app.js": "src/client/app.ts" }
 *
 * @param {string} folder the package.
 * @returns {Promise<string[]>} what was written, as paths below the package.
 */
export async function bundleFiles(folder) {
  /** @type {{ bundled?: Record<string, string> }} */
  const { bundled = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const [to, from] of Object.entries(bundled)) {
    await build({ ...options(join(folder, from)), outfile: join(folder, to) })
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
