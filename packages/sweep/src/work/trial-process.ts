import { type ChildProcess, fork } from 'node:child_process'
import type { EpochLog } from '@ashlar/core'
import type { TaskResult, TrialTask } from '../trials/task.ts'
import { nodeArguments } from './command.ts'
import type { Answer, Request } from './messages.ts'

/** How a process of trials is started. */
export interface TrialProcessOptions {
  /** The module that calls {@link serveTrials}, absolute. */
  readonly module: string
  /** Threads that libraries may use. */
  readonly threads: number
}

/** Of what a process prints, so much is kept for when it dies. */
const KEPT = 2000

/** Names by which libraries are told of threads. */
const THREADS = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'TF_NUM_INTRAOP_THREADS',
]

/** What V8 collects and compiles beside the program takes a tenth of another core otherwise, which another trial has. */
const ALONE = ['--single-threaded']

/** A process that does one task after the other. */
export class TrialProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #printed = ''
  #end = ''
  #isOver = false
  #waiting: ((answer: Answer | undefined) => void) | undefined
  #onEpoch: ((log: EpochLog) => void) | undefined

  constructor({ module, threads }: TrialProcessOptions) {
    this.#child = fork(module, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...nodeArguments(module), ...(threads === 1 ? ALONE : [])],
      env: {
        ...process.env,
        ...Object.fromEntries(THREADS.map((name) => [name, String(threads)])),
      },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-KEPT)
      })
    }
    this.#child.on('message', (answer: Answer) => {
      if (answer.kind === 'epoch') this.#onEpoch?.(answer.log)
      else if (answer.kind === 'done') this.#answered(answer)
    })
    this.#ended = new Promise((resolve) => {
      const end = (text: string) => {
        this.#isOver = true
        this.#end = text
        this.#answered(undefined)
        resolve()
      }
      this.#child.on('error', (error) => end(error.message))
      this.#child.on('close', (code, signal) =>
        end(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`),
      )
    })
  }

  /** Whether it can do no more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Does a task.
   *
   * @param folder of the sweep.
   * @param home where the experiment's relative paths start here; by default where they do on the sweep's machine.
   * @returns undefined when the process died of it; see {@link death}.
   */
  async perform(
    task: TrialTask,
    {
      folder,
      home,
      onEpoch,
    }: { folder: string; home?: string | undefined; onEpoch?: (log: EpochLog) => void },
  ): Promise<TaskResult | undefined> {
    if (this.#isOver) return undefined
    this.#onEpoch = onEpoch
    this.#printed = ''
    const answered = new Promise<Answer | undefined>((resolve) => {
      this.#waiting = resolve
    })
    this.#send({ kind: 'perform', folder, task, ...(home !== undefined && { home }) })
    const answer = await answered
    return answer?.kind === 'done' ? answer.result : undefined
  }

  /** What is known of its end. */
  death(): string {
    const last = this.#printed.trim().split('\n').slice(-3).join(' | ')
    return last === '' ? this.#end : `${this.#end}: ${last}`
  }

  /** Asks it to give back what it does. */
  stop(): void {
    this.#send({ kind: 'stop' })
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #send(request: Request): void {
    if (!this.#isOver && this.#child.connected) this.#child.send(request, () => undefined)
  }

  #answered(answer: Answer | undefined): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.(answer)
  }
}
