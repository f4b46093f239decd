// What `pnpm ashlar` runs in a clone. pnpm runs scripts in the root of the workspace and tells the user's folder here.
import { runProcess } from './run-process.ts'

process.chdir(process.env.INIT_CWD ?? '.')
// The commands that are shown must work for who reads them, with pnpm or without.
const byPnpm = process.env.npm_config_user_agent?.startsWith('pnpm/') ?? false
await runProcess(byPnpm ? 'pnpm ashlar' : 'node scripts/pnpm.js ashlar')
