import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { directCommand } from './direct-command.js'
import { install } from './install.js'
import { npx } from './npx.js'
import { runAttached } from './run-attached.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Installs where needed, then runs a script of the root package.json, or else passes the arguments to pnpm.
 *
 * @param {string[]} args the name of a script and its arguments, or a pnpm command line.
 */
export async function main(args) {
  const { packageManager, scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  const [name = '', ...rest] = args
  const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined
  if (script !== undefined && !(await install(ROOT, packageManager))) {
    process.exitCode = 1
    return
  }
  // What pnpm tells the scripts that it runs, however they are started: where the user is.
  process.env.INIT_CWD ??= process.cwd()
  const direct = script && directCommand(script)
  const [file, argv] = direct
    ? [process.execPath, [...direct, ...rest]]
    : npx(['--yes', packageManager, ...args])
  await runAttached(file, argv, ROOT)
}
