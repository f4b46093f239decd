import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** How to start a program. */
export interface ChildOptions {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Modules that are loaded first. */
  readonly before?: readonly URL[] | undefined
  /** A command that the process is started by. */
  readonly by?: readonly string[] | undefined
}

/** A module that kills its process at a chosen operation of the file system, told by the environment: see there. */
export const killAt: URL = new URL('./kill-at.mjs', import.meta.url)

/** Starts a program, a TypeScript module, as a process of its own. */
export function startChild(program: URL, options: ChildOptions): ChildProcessWithoutNullStreams {
  const { args, env = {}, before = [], by = [] } = options
  const [file, ...rest] = [
    ...by,
    process.execPath,
    // What reads TypeScript here must do so there.
    ...process.execArgv,
    ...before.flatMap(({ href }) => ['--import', href]),
    fileURLToPath(program),
    ...args,
  ]
  return spawn(file!, rest, { env: { ...process.env, ...env } })
}

/** Runs such a program to its end. */
export function runChild(program: URL, options: ChildOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = startChild(program, options)
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
}

/** Does some work for each item, at most so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: most }, worker))
}
