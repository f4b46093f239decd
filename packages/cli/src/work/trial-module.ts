import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXTENSION = extname(import.meta.url)

/** The module of a process that trains trials, absolute. */
export const TRIAL_PROCESS: string = fileURLToPath(
  new URL(`trial-process${EXTENSION}`, import.meta.url),
)

/** The module that is this program, absolute. */
export const PROGRAM: string = fileURLToPath(new URL(`../bin${EXTENSION}`, import.meta.url))
