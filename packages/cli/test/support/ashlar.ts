import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type ExitCode, main } from '../../src/index.ts'
import type { Terminal } from '../../src/terminal/output.ts'

/** An experiment that trains in a moment. */
export const TINY: string = fileURLToPath(new URL('tiny/tiny.yaml', import.meta.url))

/** What a command line came to. */
export interface Answer {
  readonly code: ExitCode
  /** What it wrote to stdout. */
  readonly out: string
  /** What it wrote to stderr. */
  readonly err: string
}

/** Runs a command line in this process. */
export async function ashlar(...args: readonly string[]): Promise<Answer> {
  const stdout = recorder()
  const stderr = recorder()
  const terminal: Terminal = { stdout: stdout.stream, stderr: stderr.stream }
  const code = await main(args, 'ashlar', terminal)
  return { code, out: stdout.text(), err: stderr.text() }
}

/** Runs a command line that must succeed with `--json`; gives its answer. */
export async function ashlarJson<T>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await ashlar(...args, '--json')
  if (code !== 0) throw new Error(`exit code ${code}: ${out}${err}`)
  return JSON.parse(out) as T
}

/** A stream that keeps what is written to it. */
export function recorder({ isTTY = false }: { isTTY?: boolean } = {}): {
  stream: NodeJS.WriteStream
  text: () => string
} {
  const chunks: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const parts = { isTTY, columns: 100, rows: 30 }
  return {
    stream: Object.assign(stream, parts) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(''),
  }
}
