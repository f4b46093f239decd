import * as ort from 'onnxruntime-node'
import { datatypeOfOnnx, datatypes } from '../protocol/datatypes.ts'
import { decodeBytes, encodeBytes } from '../protocol/tensor.ts'
import type { OpenMessage, PackedTensor, SessionInfo, SessionTensor } from './messages.ts'
import type { Unpacked } from './pack.ts'

/** Opens a model that lies in memory, or at the path that the message names. */
export function openSession(
  { threads, path }: OpenMessage,
  bytes: Uint8Array,
): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  }
  // Two overloads of one name: the bytes and the path need a call each.
  return path === undefined
    ? ort.InferenceSession.create(bytes, options)
    : ort.InferenceSession.create(path, options)
}

/** What a session takes and gives. */
export function infoOf({ inputMetadata, outputMetadata }: ort.InferenceSession): SessionInfo {
  return { inputs: inputMetadata.map(tensorInfo), outputs: outputMetadata.map(tensorInfo) }
}

function tensorInfo(metadata: ort.InferenceSession.ValueMetadata): SessionTensor {
  const { name } = metadata
  if (!metadata.isTensor) return { name, shape: [] }
  return {
    name,
    type: metadata.type,
    shape: metadata.shape.map((size) => (typeof size === 'number' ? size : -1)),
  }
}

/**
 * Runs a model.
 *
 * @param buffer holds the elements of the inputs, at their offsets.
 * @returns its outputs, in its order, and how long it took.
 */
export async function runSession(
  session: ort.InferenceSession,
  inputs: readonly PackedTensor[],
  buffer: ArrayBuffer,
): Promise<{ outputs: Unpacked[]; inferNs: number }> {
  const feeds: Record<string, ort.Tensor> = {}
  for (const input of inputs) feeds[input.name] = toOnnx(input, buffer)
  const started = performance.now()
  const results = await session.run(feeds)
  const inferNs = (performance.now() - started) * 1e6
  return { outputs: session.outputNames.map((name) => fromOnnx(name, results[name]!)), inferNs }
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

function fromOnnx(name: string, tensor: ort.Tensor): Unpacked {
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
