// The process of one onnxruntime session: its runs block a thread, some never end, and what brings onnxruntime down brings its process down.
import { setPriority } from 'node:os'
import { watchThisProcess } from '@ashlar/core/processes'
import type { InferenceSession } from 'onnxruntime-node'
import { Channel } from './channel.ts'
import { MAX_ANSWER, MAX_MODEL, PIPE } from './limits.ts'
import type { OpenMessage, RunMessage, WorkerMessage } from './messages.ts'
import { type Packed, pack } from './pack.ts'
import { infoOf, openSession, runSession } from './session.ts'

/**
 * Below the server: with all cores at work it would otherwise wait milliseconds for its turn, and the workers for it. On Linux a
 * priority is that of a thread, and of those that it starts.
 */
const NICENESS = 10

/** How often it tells how much memory it holds, in milliseconds. */
const TELL_MS = 1000

// Ctrl-C reaches all processes of a terminal: the server decides when a worker ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => undefined)
}
try {
  setPriority(NICENESS)
} catch {
  // A system that does not let it be modest.
}
void watchThisProcess({ parent: Number(process.argv[2]) })

/** The inputs of the run that is under way. Used again: one run comes after the other. */
let own = new ArrayBuffer(0)
let told = 0
const NOTHING = { pieces: [], size: 0 }
let session: InferenceSession | undefined

const channel = new Channel(
  PIPE,
  (size) => {
    if (session === undefined) return new ArrayBuffer(size)
    if (own.byteLength < size) own = new ArrayBuffer(2 ** Math.ceil(Math.log2(size)))
    return own
  },
  MAX_MODEL,
)

try {
  for (let frame = channel.receive(); frame !== undefined; frame = channel.receive()) {
    if (session === undefined) await start(frame.head as OpenMessage, frame.payload)
    else await run(session, frame.head as RunMessage, frame.payload.buffer)
  }
} catch (error) {
  if (!['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
}
// The server has gone, or wants no answer any more.
process.exit(0)

function send(message: WorkerMessage, { pieces, size }: Omit<Packed, 'tensors'> = NOTHING): void {
  channel.send(message, pieces, size)
}

async function start(message: OpenMessage, bytes: Uint8Array): Promise<void> {
  try {
    session = await openSession(message, bytes)
    send({ ready: infoOf(session) })
  } catch (error) {
    send({ refused: (error as Error).message })
  }
}

async function run(
  opened: InferenceSession,
  { inputs }: RunMessage,
  buffer: ArrayBuffer,
): Promise<void> {
  try {
    const { outputs, inferNs } = await runSession(opened, inputs, buffer)
    const packed = pack(outputs)
    if (packed.size > MAX_ANSWER) {
      throw new Error(`the outputs have ${packed.size} bytes; at most ${MAX_ANSWER} are taken`)
    }
    send({ outputs: packed.tensors, inferNs, ...memory() }, packed)
  } catch (error) {
    send({ error: (error as Error).message })
  }
}

function memory(): { rss?: number } {
  const now = performance.now()
  if (now - told < TELL_MS) return {}
  told = now
  return { rss: process.memoryUsage.rss() }
}
