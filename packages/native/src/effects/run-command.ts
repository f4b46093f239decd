import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How to run a program. */
export interface CommandOptions {
  readonly cwd?: string | undefined
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly signal?: AbortSignal | undefined
  /** The program is ended after this time; 10 minutes by default. */
  readonly timeoutMs?: number | undefined
  /** Told what the program prints on stdout while it runs. */
  readonly onStdout?: ((text: string) => void) | undefined
}

/** What a program answered. A program that cannot be started at all is an error instead. */
export interface RunResult {
  /** Exit code, or `null` when a signal ended it. */
  readonly code: number | null
  /** Name of that signal. */
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program without a shell and collects what it prints. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<RunResult>

const TIMEOUT_MS = 10 * 60_000
/** Only the end of a long output is of use in a message. */
const KEPT_CHARS = 200_000

/** See {@link RunCommand}. */
export const runCommand: RunCommand = async (command, args, options = {}) => {
  const { cwd, env, signal, timeoutMs = TIMEOUT_MS, onStdout } = options
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    // The option `timeout` would keep its timer when the program cannot be started; this one keeps no process alive.
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT_CHARS)
    onStdout?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_CHARS)
  })
  // `once` rejects when the program cannot be started or is aborted.
  const [code, ended] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal: ended, stdout, stderr }
}

/** Whether an error of {@link RunCommand} says that there is no such program. */
export function isMissingProgram(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
