import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { EngineError } from '@ashlar/errors'

/** How a worker is started. */
export interface WorkerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
}

const LOG_LINES = 20

/**
 * A process that measures one engine. It speaks JSON lines: a request `{method, ...}` on its input is answered by one line `{result}`
 * or `{error}` on its output; what it prints to stderr is shown only when it fails. It stays alive between rounds.
 */
export class Worker {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #log: string[] = []
  readonly #name: string
  readonly #ended: Promise<unknown>

  constructor(name: string, { command, args, env }: WorkerCommand) {
    this.#name = name
    this.#child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    // A command that is not there shows up as an end without an answer.
    this.#ended = once(this.#child, 'close').catch((error: Error) => this.#log.push(error.message))
    // A worker that has ended cannot be written to; the missing answer says so.
    this.#child.stdin!.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
    createInterface({ input: this.#child.stderr! }).on('line', (line) => {
      this.#log.push(line)
      if (this.#log.length > LOG_LINES) this.#log.shift()
    })
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws EngineError when the worker answers with an error, something else than JSON, or not at all.
   */
  async call<T>(method: string, body: Readonly<Record<string, unknown>> = {}): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify({ method, ...body })}\n`)
    const { value, done } = await this.#lines.next()
    if (done) {
      await this.#ended
      throw this.#failed(`it ended: ${this.#log.join('\n')}`)
    }
    const answer = parse(value)
    if (answer === undefined) throw this.#failed(`it printed ${JSON.stringify(value)}`)
    if (answer.error !== undefined) throw this.#failed(answer.error)
    return answer.result as T
  }

  /** Ends the process. */
  async end(): Promise<void> {
    this.#child.stdin!.end()
    this.#child.kill()
    await this.#ended
  }

  #failed(reason: string): EngineError {
    return new EngineError({ where: this.#name, expected: 'must answer', hint: reason })
  }
}

function parse(line: string): { result?: unknown; error?: string } | undefined {
  try {
    return JSON.parse(line) as { result?: unknown; error?: string }
  } catch {
    // The caller says which line it was.
    return undefined
  }
}
