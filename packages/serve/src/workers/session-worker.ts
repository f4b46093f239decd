import { once } from 'node:events'
import { DataError, EngineError } from '@ashlar/errors'
import { type Child, startChild } from './child.ts'
import { FrameReader, writeFrame } from './frames.ts'
import { MAX_ANSWER } from './limits.ts'
import type {
  OpenMessage,
  RunAnswer,
  RunMessage,
  SessionInfo,
  WorkerMessage,
  WorkerSettings,
} from './messages.ts'
import { pack, type Unpacked } from './pack.ts'

/** What a run gave. */
export interface RunResult {
  /** The model's outputs, in its order; their bytes lie in one buffer of their own. */
  readonly outputs: readonly (Unpacked & { readonly data: Uint8Array })[]
  readonly inferNs: number
}

interface Pending {
  readonly resolve: (result: RunResult) => void
  readonly reject: (error: Error) => void
}

/** How long to wait for the system to tell that a process that was killed is gone, in milliseconds. */
const GONE_MS = 1000

/** A process with a session in it. It can be ended at any time, whatever it does. */
export class SessionWorker {
  readonly info: SessionInfo
  /** What starting it took, in milliseconds. */
  readonly startMs: number
  private readonly child: Child
  private readonly onDeath: (error: Error) => void
  /** Runs under way, oldest first: in this order they are answered. */
  private readonly pending: Pending[] = []
  private ended = false
  private memory = 0

  private constructor(
    child: Child,
    parts: { info: SessionInfo; startMs: number; onDeath: (error: Error) => void },
  ) {
    this.child = child
    this.info = parts.info
    this.startMs = parts.startMs
    this.onDeath = parts.onDeath
  }

  /**
   * Starts a process and opens the model in it.
   *
   * @param onDeath called once if the process ends without being asked to; runs that were on it are refused before.
   * @param signal gives the start up.
   * @throws DataError when onnxruntime refuses the model.
   * @throws EngineError when the process ends while it starts; the signal's reason when that gives it up.
   */
  static start(
    settings: WorkerSettings,
    onDeath: (error: Error) => void,
    signal?: AbortSignal,
  ): Promise<SessionWorker> {
    const begun = performance.now()
    const child = startChild()
    let worker: SessionWorker | undefined
    return new Promise((resolve, reject) => {
      const abort = () => end(signal!.reason as Error)
      const settle = () => signal?.removeEventListener('abort', abort)
      const end = (error: Error) => {
        settle()
        kill(child)
        if (worker === undefined) reject(error)
        else worker.die(error)
      }
      listen(child, {
        onMessage: (message, payload) => {
          if (worker !== undefined) {
            worker.receive(message as RunAnswer, payload)
          } else if ('ready' in message) {
            settle()
            const startMs = performance.now() - begun
            worker = new SessionWorker(child, { info: message.ready, startMs, onDeath })
            resolve(worker)
          } else {
            end(refused('refused' in message ? message.refused : 'it answered out of turn'))
          }
        },
        onEnd: (cause) => end(died(cause)),
      })
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort, { once: true })
      open(child, settings)
    })
  }

  /**
   * Runs the model. The inputs' bytes must stay as they are until the run is done.
   *
   * @throws EngineError when the run fails or the process ends meanwhile.
   */
  run(inputs: readonly Unpacked[]): Promise<RunResult> {
    if (this.ended) return Promise.reject(died('it has ended'))
    const { tensors, pieces, size } = pack(inputs)
    const message: RunMessage = { inputs: tensors }
    return new Promise((resolve, reject) => {
      this.pending.push({ resolve, reject })
      writeFrame(this.child.pipe, message, pieces, size)
    })
  }

  /** Whether the process has ended, or is about to. */
  get isDead(): boolean {
    return this.ended
  }

  /** Of the process. */
  get pid(): number {
    return this.child.process.pid ?? 0
  }

  /** Bytes of memory that the process held when it last told. */
  get rss(): number {
    return this.ended ? 0 : this.memory
  }

  /** Ends the process as a crash would: runs on it are refused, and its death is told. */
  kill(reason = 'it was killed'): void {
    kill(this.child)
    this.die(died(reason))
  }

  /** Ends the process; runs on it are refused. */
  async end(): Promise<void> {
    this.ended = true
    this.refuse(died('it was stopped'))
    kill(this.child)
    await gone(this.child)
  }

  private die(error: Error): void {
    if (this.ended) return
    this.ended = true
    this.refuse(error)
    this.onDeath(error)
  }

  private refuse(error: Error): void {
    for (const { reject } of this.pending.splice(0)) reject(error)
  }

  private receive(answer: RunAnswer, payload: Uint8Array<ArrayBuffer>): void {
    const pending = this.pending.shift()
    // Whoever ended a process has refused its runs already.
    if (pending === undefined) return
    if ('error' in answer) {
      pending.reject(new EngineError({ where: 'onnxruntime', expected: answer.error }))
      return
    }
    if (answer.rss !== undefined) this.memory = answer.rss
    const outputs = answer.outputs.map(({ name, datatype, shape, offset, length }) => ({
      name,
      datatype,
      shape,
      data: payload.subarray(offset, offset + length),
    }))
    pending.resolve({ outputs, inferNs: answer.inferNs })
  }
}

/** Sends the model. */
function open({ pipe }: Child, { model, threads }: WorkerSettings): void {
  const message: OpenMessage = typeof model === 'string' ? { threads, path: model } : { threads }
  if (typeof model === 'string') writeFrame(pipe, message, [], 0)
  else writeFrame(pipe, message, [model], model.length)
}

/** Tells what comes from a process, and that nothing comes any more. */
function listen(
  { process, pipe, printed }: Child,
  {
    onMessage,
    onEnd,
  }: {
    onMessage: (message: WorkerMessage, payload: Uint8Array<ArrayBuffer>) => void
    onEnd: (cause: string) => void
  },
): void {
  const reader = new FrameReader((size) => new ArrayBuffer(size), MAX_ANSWER)
  pipe.on('data', (chunk: Buffer) => {
    try {
      for (let rest = chunk; rest.length > 0; ) {
        const { frame, used } = reader.take(rest)
        rest = rest.subarray(used)
        if (frame !== undefined) onMessage(frame.head as WorkerMessage, frame.payload)
      }
    } catch (error) {
      // Answers go by their order: one that is lost would give each run the answer of the next.
      onEnd(`what it sent could not be read: ${(error as Error).message}`)
    }
  })
  // Whatever breaks the connection, the process's end says why.
  pipe.on('error', () => undefined)
  process.on('error', (error) => onEnd(error.message))
  process.on('exit', (code, signal) => {
    const text = printed()
    onEnd(`${signal ?? `exit code ${code}`}${text && `, ${text}`}`)
  })
}

function kill({ process, pipe }: Child): void {
  process.kill('SIGKILL')
  pipe.destroy()
}

async function gone({ process }: Child): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null || process.pid === undefined) return
  await once(process, 'exit', { signal: AbortSignal.timeout(GONE_MS) }).catch(() => undefined)
}

function refused(reason: string): DataError {
  return new DataError({
    where: 'model',
    expected: 'onnxruntime must be able to open it',
    hint: reason,
  })
}

function died(cause: string): EngineError {
  return new EngineError({
    where: 'worker',
    expected: 'the process of the model must not end',
    given: cause,
  })
}
