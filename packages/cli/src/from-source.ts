// What `pnpm ashlar` runs in a clone. pnpm runs scripts in the root of the workspace and tells the user's folder here.
import { main } from './main.ts'

process.chdir(process.env.INIT_CWD ?? '.')
process.exitCode = await main(process.argv.slice(2), 'pnpm ashlar')
