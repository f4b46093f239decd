import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutSecrets } from '@ashlar/core/processes'
import { PIPE } from './limits.ts'

const EXTENSION = extname(import.meta.url)
const WORKER = fileURLToPath(new URL(`worker${EXTENSION}`, import.meta.url))

/** Of what a worker prints, so much is kept. */
const KEPT = 500

/** A worker's process. */
export interface Child {
  readonly process: ChildProcess
  readonly pipe: Socket
  /** The end of what it printed: why it ended, if it said so. */
  printed(): string
}

/** Starts worker.ts, or the worker.js that it becomes, in a process. */
export function startChild(): Child {
  const child = spawn(process.execPath, [...execArgv(), WORKER, String(process.pid)], {
    stdio: ['ignore', 'ignore', 'pipe', ...Array(PIPE - 2).fill('pipe')],
    env: withoutSecrets(),
    windowsHide: true,
  })
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-KEPT)
  })
  return { process: child, pipe: child.stdio[PIPE] as Socket, printed: () => text.trim() }
}

/**
 * What the worker needs to be read as TypeScript, as this process was. Not all of its arguments: with `-e` among them each worker would be the program
 * again.
 */
function execArgv(): readonly string[] {
  if (EXTENSION === '.js') return []
  const given = process.execArgv
  const readers = given.flatMap((each, i) => (each === '--import' ? [each, given[i + 1]!] : []))
  return [...readers, '--conditions=@ashlar/source']
}
