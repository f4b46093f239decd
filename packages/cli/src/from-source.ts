// What `pnpm ashlar` runs in a clone. pnpm runs scripts in the root of the workspace and tells the user's folder here.
import { runProcess } from './run-process.ts'

process.chdir(process.env.INIT_CWD ?? '.')
await runProcess('pnpm ashlar')
