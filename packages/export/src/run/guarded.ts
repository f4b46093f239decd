import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileLimits } from '@ashlar/core'
import { HOLDS_TOO_MUCH, withoutSecrets } from '@ashlar/core/processes'
import { ConfigError, DataError, EngineError } from '@ashlar/errors'
import { sessionSettings } from '@ashlar/graph/session-settings'
import type { InspectedModel } from '../inspect/inspect.ts'
import type { NamedData, NamedTexts } from '../tensors.ts'
import type { FileRunner, OpenFile } from './file-runner.ts'
import type { FileInput, GuardedAnswer, GuardedRequest } from './guarded-messages.ts'

export type { FileInput, NamedData }

/** Limits that nobody has set. */
const SECONDS = 60
const MEBIBYTES = 4096
const TIMES_THE_FILE = 4

const EXTENSION = extname(import.meta.url)
const CHILD = fileURLToPath(new URL(`guarded-child${EXTENSION}`, import.meta.url))

/** Of what a child prints, so much is kept. */
const KEPT = 2000

/** A file that is loaded into a process of its own. */
export interface GuardedRunner extends FileRunner {
  /** Of that process. */
  readonly pid: number
  readonly inputs: readonly FileInput[]
}

/** What the process answers once it has loaded a file. */
type Opened = Extract<GuardedAnswer, { inputs: unknown }>

/**
 * Loads files that may come from anybody into a process of their own, which is killed when it takes too long or too much memory: a loop without
 * an end cannot be stopped in any other way, nor a runtime that crashes.
 *
 * @param where names the file in errors.
 * @param size bytes of the file and its data.
 * @throws ConfigError for limits that are none. The runner throws a DataError when the file goes beyond them.
 */
export function openGuarded(
  where: string,
  size: number,
  limits: FileLimits = {},
): (file: Uint8Array | string) => Promise<GuardedRunner> {
  const checked = checkLimits(size, limits)
  return async (file) => {
    const child = new GuardedProcess(where, checked)
    try {
      const opened = await child.open(file)
      return { ...opened, pid: child.pid, release: () => child.end() }
    } catch (error) {
      await child.end()
      throw error
    }
  }
}

/** One process for several files that belong together. */
export interface GuardedPlace {
  readonly open: OpenFile
  /** Ends the process, whatever is still loaded. */
  end(): Promise<void>
}

/**
 * The same for several files that are held against each other: they share a process, and its limits.
 *
 * @param size bytes of all files that are loaded at a time.
 */
export function guardedPlace(where: string, size: number, limits: FileLimits = {}): GuardedPlace {
  const checked = checkLimits(size, limits)
  let child: GuardedProcess | undefined
  return {
    open(file) {
      child ??= new GuardedProcess(where, checked)
      return child.open(file)
    },
    async end() {
      await child?.end()
    },
  }
}

/** Seconds of a request, and MiB of the process. */
interface CheckedLimits {
  readonly seconds: number
  readonly memory: number
}

function checkLimits(size: number, limits: FileLimits): CheckedLimits {
  const { memory = MEBIBYTES + (TIMES_THE_FILE * size) / 2 ** 20 } = limits
  return {
    seconds: positive('seconds', limits.seconds ?? SECONDS),
    memory: positive('memory', memory),
  }
}

/** The same for a file that was looked at: by its bytes, or by its path where data lies beside it. */
export function openInspected(
  path: string,
  { bytes, external, size }: Pick<InspectedModel, 'bytes' | 'external' | 'size'>,
  limits?: FileLimits,
): Promise<GuardedRunner> {
  return openGuarded(path, size, limits)(external.length > 0 ? resolve(path) : bytes)
}

function positive(name: keyof FileLimits, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value
  throw new ConfigError({
    where: 'limits',
    expected: `\`${name}\` must be a number above 0`,
    given: value,
  })
}

class GuardedProcess {
  readonly #where: string
  readonly #seconds: number
  readonly #memory: number
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #printed = ''
  #opened = 0
  #isOver = false

  constructor(where: string, { seconds, memory }: CheckedLimits) {
    this.#where = where
    this.#seconds = seconds
    this.#memory = memory
    this.#child = fork(CHILD, [String(process.pid)], {
      env: withoutSecrets(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // What reads TypeScript here must do so there.
      execArgv: EXTENSION === '.js' ? [] : process.execArgv.filter((each) => !isInspector(each)),
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-KEPT)
    })
    this.#ended = once(this.#child, 'close').catch((error: Error) => {
      this.#printed += error.message
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Loads a file beside those that are there. */
  async open(file: Uint8Array | string): Promise<FileRunner & Pick<GuardedRunner, 'inputs'>> {
    const id = this.#opened++
    const { inputs, outputNames } = await this.#ask<Opened>({
      ...{ kind: 'open', id, file, settings: sessionSettings() },
      most: this.#memory * 2 ** 20,
    })
    return {
      inputs,
      outputNames,
      run: async (feeds) =>
        (await this.#ask<{ outputs: NamedData }>({ kind: 'run', id, feeds })).outputs,
      texts: async (feeds) =>
        (await this.#ask<{ texts: NamedTexts }>({ kind: 'texts', id, feeds })).texts,
      release: async () => {
        // What ended the process says so itself.
        if (!this.#isOver) await this.#ask<{ released: true }>({ kind: 'release', id })
      },
    }
  }

  async #ask<Answer extends GuardedAnswer>(request: GuardedRequest): Promise<Answer> {
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      this.#child.kill('SIGKILL')
    }, this.#seconds * 1000)
    const answered = once(this.#child, 'message') as Promise<[GuardedAnswer]>
    try {
      this.#child.send(request, () => undefined)
      const given = await Promise.race([answered, this.#ended.then(() => undefined)])
      if (given === undefined) {
        this.#isOver = true
        throw isLate ? this.#tooLong() : this.#died()
      }
      const [answer] = given
      if (!('error' in answer)) return answer as Answer
      throw new EngineError({
        where: 'onnxruntime',
        expected: 'the file must run',
        hint: answer.error,
      })
    } finally {
      clearTimeout(late)
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #tooLong(): DataError {
    return new DataError({
      where: this.#where,
      expected: `must be done within ${this.#seconds} s with loading and with each batch`,
      hint: 'It may have a loop without an end. If it needs longer, give it more `seconds` (--timeout).',
    })
  }

  #died(): DataError {
    if (this.#printed.includes(HOLDS_TOO_MUCH.trim())) {
      return new DataError({
        where: this.#where,
        expected: `must run in ${Math.round(this.#memory)} MiB of memory`,
        hint: 'If it needs more, give it more `memory` (--memory).',
      })
    }
    const { exitCode, signalCode } = this.#child
    return new DataError({
      where: this.#where,
      expected: 'onnxruntime must survive it',
      given: signalCode ?? exitCode,
      hint: this.#printed.trim() || undefined,
    })
  }
}

/** Two processes cannot be inspected at one port. */
function isInspector(flag: string): boolean {
  return flag.startsWith('--inspect')
}
