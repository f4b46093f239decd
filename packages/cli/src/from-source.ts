// What `pnpm ashlar` runs in a clone. pnpm runs scripts in the root of the workspace and tells the user's folder here.
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runProcess } from './run-process.ts'

const SCRIPT = fileURLToPath(new URL('../../../scripts/pnpm.js', import.meta.url))

// Processes that this one starts read TypeScript as it does, from whatever folder: what reads it is named as a package of this workspace, or as a path.
process.execArgv = process.execArgv.map((each, index, all) => {
  if (all[index - 1] !== '--import') return each
  return each.startsWith('.') ? pathToFileURL(resolve(each)).href : import.meta.resolve(each)
})
process.chdir(process.env.INIT_CWD ?? '.')
// The commands that are shown must work for who reads them, with pnpm or without.
const byPnpm = process.env.npm_config_user_agent?.startsWith('pnpm/') ?? false
const here = relative(process.cwd(), SCRIPT)
const script = here.startsWith('..') ? SCRIPT : here.split(sep).join('/')
const isInside = script === 'scripts/pnpm.js'
await runProcess(byPnpm && isInside ? 'pnpm ashlar' : `node ${script} ashlar`)
