import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isBuilt } from '@ashlar/test-support'

const PROGRAM = fileURLToPath(new URL('../../src/from-source.ts', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The command as a process of its own. */
export interface Started {
  readonly child: ChildProcess
  /** Settled with the match when stdout and stderr together contain the text; refused when it ends before. */
  seen(text: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/** The Node arguments that start the command: as it is built where `.ci/run` has done so, or from its sources, which are read as they are in this process. */
export function commandLine(args: readonly string[]): string[] {
  return isBuilt ? [BUILT, ...args] : fromSource(args)
}

/** Those that start it from its sources in any case. */
export function fromSource(args: readonly string[]): string[] {
  return [...process.execArgv, PROGRAM, ...args]
}

/** Starts a program; without `file` the command itself. */
export function start(
  args: readonly string[],
  {
    file = process.execPath,
    cwd,
    env = {},
  }: { file?: string; cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Started {
  const child = spawn(file, file === process.execPath ? commandLine(args) : args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, INIT_CWD: cwd ?? process.cwd(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  const told = () => {
    for (const each of waiting) each()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    told()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    told()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
  return {
    child,
    ended,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = text.exec(out + err)
          if (match === null) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without ${text}:\n${out}${err}`)), reject)
      }),
  }
}
