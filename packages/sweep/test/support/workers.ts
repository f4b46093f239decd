import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MODULE = fileURLToPath(new URL('worker-process.ts', import.meta.url))

/** A worker as a process of its own. */
export interface StartedWorker {
  readonly child: ChildProcess
  readonly text: () => string
  /** When it has said so. */
  seen(text: RegExp): Promise<void>
  /** Ends it and its own processes at once. */
  kill(): Promise<void>
  readonly ended: Promise<number | null>
}

/** Starts a worker. @param before words before the command line: `ip netns exec other`. */
export function startWorker(
  options: object,
  { env = {}, before = [] }: { env?: Record<string, string>; before?: readonly string[] } = {},
): StartedWorker {
  const line = [...before, process.execPath, ...process.execArgv, MODULE, JSON.stringify(options)]
  const child = spawn(line[0]!, line.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let out = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text
      for (const each of waiting) each()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    child,
    ended,
    text: () => out,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.test(out)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without ${text}:\n${out}`)))
      }),
    async kill() {
      const children = childrenOf(child.pid!)
      for (const pid of [child.pid!, ...children]) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has ended.
        }
      }
      await ended
    },
  }
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        const stat = readFileSync(`/proc/${each}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
}
