import type { Worker } from 'node:worker_threads'
import { DataError, EngineError } from '@ashlar/errors'
import type {
  RunAnswer,
  RunMessage,
  SessionInfo,
  WorkerMessage,
  WorkerSettings,
} from './messages.ts'
import { pack, type Unpacked } from './pack.ts'
import { SharedBuffers } from './shared-buffers.ts'
import { startThread } from './thread.ts'

/** What a run gave. */
export interface RunResult {
  /** The model's outputs, in its order; their bytes lie in one buffer of their own. */
  readonly outputs: readonly (Unpacked & { readonly data: Uint8Array })[]
  readonly inferNs: number
}

interface Pending {
  readonly resolve: (result: RunResult) => void
  readonly reject: (error: Error) => void
  readonly buffer: SharedArrayBuffer
}

/** A thread with a session in it. */
export class SessionWorker {
  readonly info: SessionInfo
  private readonly worker: Worker
  /** Runs under way, oldest first: in this order they are answered. */
  private readonly pending: Pending[] = []
  private readonly buffers: SharedBuffers = new SharedBuffers()
  private ended = false

  private constructor(worker: Worker, info: SessionInfo, onDeath: (error: Error) => void) {
    this.worker = worker
    this.info = info
    worker.on('message', (answer: RunAnswer) => this.receive(answer))
    const die = (error: Error) => {
      if (this.ended) return
      this.ended = true
      for (const { reject } of this.pending.splice(0)) reject(error)
      onDeath(error)
    }
    worker.on('error', (cause) => die(died(cause)))
    // Answers go by their order: one that is lost would give each run the answer of the next.
    worker.on('messageerror', (cause) => {
      die(died(cause))
      void worker.terminate()
    })
    worker.on('exit', (code) => die(died(new Error(`exit code ${code}`))))
  }

  /**
   * Starts a thread and opens the model in it.
   *
   * @param onDeath called once if the thread ends without being asked to; runs that were on it are refused before.
   * @throws DataError when onnxruntime refuses the model.
   * @throws EngineError when the thread ends while it starts.
   */
  static start(settings: WorkerSettings, onDeath: (error: Error) => void): Promise<SessionWorker> {
    const worker = startThread(settings)
    return new Promise((resolve, reject) => {
      // Not all listeners: Node has some of its own there.
      const stopListening = () => {
        worker.off('error', onError).off('exit', onExit).off('message', onMessage)
      }
      const fail = (error: Error) => {
        stopListening()
        // Nobody is left to hear of what else goes wrong in a thread that is given up.
        worker.on('error', () => undefined)
        void worker.terminate()
        reject(error)
      }
      const onError = (cause: Error) => fail(died(cause))
      const onExit = (code: number) => fail(died(new Error(`exit code ${code}`)))
      const onMessage = (message: WorkerMessage) => {
        if (!('ready' in message)) {
          fail(refused('refused' in message ? message.refused : 'it answered out of turn'))
          return
        }
        stopListening()
        resolve(new SessionWorker(worker, message.ready, onDeath))
      }
      worker.on('error', onError).on('exit', onExit).on('message', onMessage)
    })
  }

  /**
   * Runs the model. The inputs' bytes are copied before this returns.
   *
   * @throws EngineError when the run fails or the thread ends meanwhile.
   */
  run(inputs: readonly Unpacked[]): Promise<RunResult> {
    if (this.ended) return Promise.reject(died(new Error('it has ended')))
    const { tensors, buffer, size } = pack(inputs, (bytes) => this.buffers.take(bytes))
    const message: RunMessage = { inputs: tensors, buffer, size }
    return new Promise((resolve, reject) => {
      // What could not be sent is not answered.
      this.worker.postMessage(message)
      this.pending.push({ resolve, reject, buffer })
    })
  }

  /** Whether the thread has ended. */
  get isDead(): boolean {
    return this.ended
  }

  /** Ends the thread as a crash would. For tests. */
  async kill(): Promise<void> {
    await this.worker.terminate()
  }

  /** Ends the thread; runs on it are refused. */
  async end(): Promise<void> {
    const error = died(new Error('it was stopped'))
    this.ended = true
    for (const { reject } of this.pending.splice(0)) reject(error)
    await this.worker.terminate()
  }

  private receive(answer: RunAnswer): void {
    const pending = this.pending.shift()
    // Whoever ended a thread has refused its runs already.
    if (pending === undefined) return
    this.buffers.giveBack(pending.buffer)
    if ('error' in answer) {
      pending.reject(new EngineError({ where: 'onnxruntime', expected: answer.error }))
      return
    }
    const outputs = answer.outputs.map(({ name, datatype, shape, offset, length }) => ({
      name,
      datatype,
      shape,
      data: new Uint8Array(answer.buffer, offset, length),
    }))
    pending.resolve({ outputs, inferNs: answer.inferNs })
  }
}

function refused(reason: string): DataError {
  return new DataError({
    where: 'model',
    expected: 'onnxruntime must be able to open it',
    hint: reason,
  })
}

function died(cause: Error): EngineError {
  return new EngineError({
    where: 'worker',
    expected: 'the thread of the model must not end',
    given: cause.message,
    cause,
  })
}
