// The thread of one onnxruntime session: its runs block a thread, and must not block the server's.
import { platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import * as ort from 'onnxruntime-node'
import { datatypeOfOnnx, datatypes } from '../protocol/datatypes.ts'
import { decodeBytes, encodeBytes } from '../protocol/tensor.ts'
import type {
  PackedTensor,
  RunMessage,
  SessionInfo,
  SessionTensor,
  WorkerMessage,
  WorkerSettings,
} from './messages.ts'
import { pack } from './pack.ts'

const port = parentPort!
const send = (message: WorkerMessage, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer)

/**
 * Below the server's thread: with all cores at work it would otherwise wait milliseconds for its turn, and the workers for it. On Linux a
 * priority is that of a thread (and of those that it starts); elsewhere it is that of the whole process.
 */
const NICENESS = 10

if (platform() === 'linux') setPriority(NICENESS)

let session: ort.InferenceSession

try {
  session = await open(workerData as WorkerSettings)
  let last = Promise.resolve()
  // One after the other: the memory for inputs is that of one run.
  port.on('message', (message: RunMessage) => {
    last = last.then(() => run(message))
  })
  send({ ready: infoOf(session) })
} catch (error) {
  send({ refused: (error as Error).message })
}

function open({ model, threads }: WorkerSettings): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  }
  // Two overloads of one name: the bytes and the path need a call each.
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model.slice(), options)
}

function infoOf({ inputMetadata, outputMetadata }: ort.InferenceSession): SessionInfo {
  return { inputs: inputMetadata.map(tensorInfo), outputs: outputMetadata.map(tensorInfo) }
}

function tensorInfo(metadata: ort.InferenceSession.ValueMetadata): SessionTensor {
  const { name } = metadata
  if (!metadata.isTensor) return { name, type: undefined, shape: [], symbols: [] }
  return {
    name,
    type: metadata.type,
    shape: metadata.shape.map((size) => (typeof size === 'number' ? size : -1)),
    symbols: metadata.shape.map((size) =>
      typeof size === 'string' && size !== '' ? size : undefined,
    ),
  }
}

/** The inputs of the run that is under way: onnxruntime takes no shared memory. */
let own = new ArrayBuffer(0)

/** Copies what a run needs out of shared memory. */
function take({ buffer, size }: RunMessage): ArrayBuffer {
  if (own.byteLength < size) own = new ArrayBuffer(buffer.byteLength)
  new Uint8Array(own).set(new Uint8Array(buffer, 0, size))
  return own
}

async function run(message: RunMessage): Promise<void> {
  const { inputs } = message
  try {
    const buffer = take(message)
    const feeds: Record<string, ort.Tensor> = {}
    for (const input of inputs) feeds[input.name] = toOnnx(input, buffer)
    const started = performance.now()
    const results = await session.run(feeds)
    const inferNs = (performance.now() - started) * 1e6
    const outputs = session.outputNames.map((name) => fromOnnx(name, results[name]!))
    const packed = pack(outputs, (bytes) => new ArrayBuffer(bytes))
    send({ outputs: packed.tensors, buffer: packed.buffer, inferNs }, [packed.buffer])
  } catch (error) {
    send({ error: (error as Error).message })
  }
}

function toOnnx(
  { datatype, shape, offset, length }: PackedTensor,
  buffer: ArrayBuffer,
): ort.Tensor {
  const type = datatypes.get(datatype)!
  if (type.view === undefined) {
    const elements = decodeBytes('input', new Uint8Array(buffer, offset, length))
    const strings = elements.map((element) => Buffer.from(element).toString('utf8'))
    return new ort.Tensor('string', strings, shape)
  }
  const data = type.view(buffer, offset, length / type.bytes)
  return new ort.Tensor(type.onnx as 'float32', data as Float32Array, shape)
}

function fromOnnx(name: string, tensor: ort.Tensor) {
  const type = datatypeOfOnnx(tensor.type)
  if (type === undefined) throw new Error(`output ${name} has the type ${tensor.type}`)
  const data =
    tensor.type === 'string'
      ? encodeBytes(tensor.data as string[])
      : bytesOf(tensor.data as Float32Array)
  return { name, datatype: type.name, shape: [...tensor.dims], data }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
