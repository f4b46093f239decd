import * as ort from 'onnxruntime-node'
import { type DType, onnxType, type Shape, type TypedArray } from '../ir/index.ts'
import { irVersion } from '../onnx/opset.ts'
import { onnx } from '../onnx/proto.ts'
import { createNativeSession, type NativeSession } from './native-session.ts'

/** The memory of a device: numbers go there and come back. */
export interface DeviceMemory {
  /** A tensor on the device that holds a copy of `numbers`. Its owner disposes of it. */
  upload(numbers: TypedArray, shape: Shape, dtype: DType): ort.Tensor
  /** A copy of what a tensor on the device holds. */
  download(tensor: ort.Tensor): TypedArray
}

const OPSET = 17

const byProvider = new Map<string, DeviceMemory>()

/** The memory that an execution provider works in. */
export function deviceMemory(provider: string): DeviceMemory {
  const known = byProvider.get(provider)
  if (known !== undefined) return known
  const memory = copiesBySessions(provider)
  byProvider.set(provider, memory)
  return memory
}

/**
 * Copies by sessions that do nothing else. onnxruntime-node (1.30) has no other way: to ask a tensor of a device for its numbers ends the process, while what goes into a session and comes out
 * of it is carried over.
 */
function copiesBySessions(provider: string): DeviceMemory {
  const sessions = new Map<string, NativeSession>()
  const copy = (tensor: ort.Tensor, toDevice: boolean): ort.Tensor => {
    const key = `${tensor.type} ${toDevice}`
    let session = sessions.get(key)
    if (session === undefined) {
      const onDevice = toDevice ? ['y'] : []
      session = createNativeSession(copyModel(tensor.type as DType), {
        providers: [provider],
        onDevice,
      })
      sessions.set(key, session)
    }
    return session.runTensors({ x: tensor }, ['y']).y!
  }
  return {
    upload: (numbers, shape, dtype) =>
      copy(new ort.Tensor(dtype as 'float32', numbers as Float32Array, shape as number[]), true),
    download: (tensor) => copy(tensor, false).data as TypedArray,
  }
}

/** A model `x` -> `y` that copies a tensor of any shape. */
function copyModel(dtype: DType): Uint8Array {
  const tensor = { tensorType: { elemType: onnxType(dtype) } }
  return onnx.ModelProto.encode({
    irVersion: irVersion(OPSET),
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'copy',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type: tensor }],
      output: [{ name: 'y', type: tensor }],
    },
  }).finish()
}
