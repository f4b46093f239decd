// `trial` with trials that are nothing but their result.
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runTrialCommand } from './trial-command.ts'

await runTrialCommand(
  fileURLToPath(new URL(`trivial-process${extname(import.meta.url)}`, import.meta.url)),
)
