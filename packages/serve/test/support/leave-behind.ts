// Starts a session that runs without an end, tells its process, and waits to be killed.
import { SessionWorker } from '../../src/workers/session-worker.ts'
import { counting } from './onnx-models.ts'

const worker = await SessionWorker.start({ model: counting(), threads: 1 }, () => undefined)
const data = new Uint8Array(BigInt64Array.of(10n ** 15n).buffer)
worker.run([{ name: 'x', datatype: 'INT64', shape: [1, 1], data }]).catch(() => undefined)
process.stdout.write(`${worker.pid}\n`)
setInterval(() => undefined, 1000)
