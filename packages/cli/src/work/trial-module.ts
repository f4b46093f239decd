import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXTENSION = extname(import.meta.url)

/** The module of a process that trains trials, absolute. */
export const TRIAL_PROCESS: string = fileURLToPath(
  new URL(`trial-process${EXTENSION}`, import.meta.url),
)

const PROGRAM = fileURLToPath(
  new URL(EXTENSION === '.ts' ? '../from-source.ts' : '../bin.js', import.meta.url),
)

/** The command line that starts this program elsewhere. */
export const OWN_PROGRAM: readonly string[] = [
  process.execPath,
  ...(EXTENSION === '.ts' ? process.execArgv : []),
  PROGRAM,
]
