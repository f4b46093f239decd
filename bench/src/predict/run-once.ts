import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { EngineError } from '@ashlar/errors'

/** What one process came to. */
export interface Once {
  /** Seconds from its start to its end. */
  readonly seconds: number
  /** Seconds of processor time, of the processes that it has started as well. */
  readonly processor: number
  readonly out: string
}

/** What the shell says behind all else, of the time that it took itself and that its children took: `0m0.410000s 0m0.060000s` each. */
const TIMES = /\n\S+ \S+\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/

/**
 * Runs a program to its end.
 *
 * @throws EngineError for one that fails.
 */
export async function runOnce([command = '', ...args]: readonly string[]): Promise<Once> {
  // No runtime tells what its children took; the shell does, whichever it is.
  const shell = ['-c', '"$@" && echo && times', 'sh', command, ...args]
  const began = performance.now()
  const { stdout } = await promisify(execFile)('sh', shell, { maxBuffer: 2 ** 26 }).catch(
    (cause: Error & { readonly stderr?: string }) => {
      throw new EngineError({
        where: command,
        expected: 'must end well',
        given: (cause.stderr || cause.message).trim().slice(-2000),
        cause,
      })
    },
  )
  const seconds = (performance.now() - began) / 1000
  const [all = '', ...parts] = TIMES.exec(stdout) ?? []
  const [minutes = 0, own = 0, systemMinutes = 0, system = 0] = parts.map(Number)
  const processor = 60 * (minutes + systemMinutes) + own + system
  return { seconds, processor, out: stdout.slice(0, stdout.length - all.length) }
}
