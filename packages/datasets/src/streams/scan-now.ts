import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { DataError } from '@ashlar/errors'
import { errorOf } from './failure.ts'
import type { Failure } from './reader.ts'
import type { ScanRequest, Scanned } from './scans/scan.ts'
import { workerFile } from './worker-file.ts'

/** Milliseconds between two looks at whether the thread is still at work. */
const PATIENCE = 24 * 3600 * 1000

/**
 * Looks at the files of a dataset in a thread of its own, and waits: a dataset must know its classes before anything runs. The thread takes what it needed along when it ends.
 *
 * @throws DataError for what cannot be read.
 */
export function scanNow(scan: ScanRequest): Scanned {
  const { port1, port2 } = new MessageChannel()
  const done = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(workerFile(), {
    workerData: { scan, port: port2, done },
    transferList: [port2],
  })
  worker.unref()
  try {
    const ended = Atomics.wait(done, 0, 0, PATIENCE)
    const message = receiveMessageOnPort(port1)?.message as
      | { readonly found?: Scanned; readonly error?: Failure }
      | undefined
    if (message?.error !== undefined) throw errorOf(message.error)
    if (message?.found !== undefined) return message.found
    throw new DataError({
      where: scan.kind,
      expected: `the thread that looks at the files must answer (${ended})`,
    })
  } finally {
    port1.close()
    void worker.terminate()
  }
}
