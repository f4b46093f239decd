import { spawn } from 'node:child_process'
import { userEnvironment } from './run.ts'

/** A program that runs until it is told to end. */
export interface Started {
  /** Settled with the match when it has written the text; refused when it ends before. */
  seen(text: RegExp): Promise<RegExpExecArray>
  /** Asks it to end, and waits for that. */
  end(): Promise<void>
}

/** Starts a program that answers others, such as a server. */
export function started(file: string, args: readonly string[], cwd: string): Started {
  const child = spawn(file, args, {
    cwd,
    env: userEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  })
  return {
    seen: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = text.exec(written)
          if (match === null) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without ${text}:\n${written}`)), reject)
      }),
    async end() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
