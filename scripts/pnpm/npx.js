import { dirname, join } from 'node:path'

/**
 * The program and arguments that start npx.
 *
 * @param {string[]} args
 * @returns {[file: string, args: string[]]}
 */
export function npx(args) {
  if (process.platform !== 'win32') return ['npx', args]
  // There npx is a .cmd file, which Node starts only through a shell, with all its quoting.
  const script = join(dirname(process.execPath), 'node_modules/npm/bin/npx-cli.js')
  return [process.execPath, [script, ...args]]
}
