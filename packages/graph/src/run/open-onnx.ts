import * as ort from 'onnxruntime-node'
import type { TypedArray } from '../ir/index.ts'
import { createSession, type SessionOptions } from '../session/session.ts'

/** A tensor that goes into or comes out of an ONNX model: float32, int32 or bytes, as its array says, unless bytes are yes and no. */
export interface ModelTensor {
  readonly shape: readonly number[]
  readonly data: TypedArray
  readonly dtype?: 'bool' | undefined
}

/** An ONNX model that is loaded: of a file, or of bytes. */
export interface OpenOnnx {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Runs once, at the shapes of what is fed. Results are copies. */
  run(feeds: Readonly<Record<string, ModelTensor>>): Promise<Record<string, ModelTensor>>
  dispose(): Promise<void>
}

/**
 * Loads an ONNX model to run it by input names.
 *
 * @param model its bytes, or the path of its file.
 * @throws EngineError with onnxruntime's reason when it is refused.
 */
export async function openOnnx(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<OpenOnnx> {
  const session = await createSession(model, options)
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { shape, data, dtype }]) => [
        name,
        new ort.Tensor((dtype ?? dtypeOf(data)) as 'float32', data as Float32Array, shape),
      ])
      const results = await session.run(Object.fromEntries(tensors))
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [
          name,
          { shape: [...dims], data: (data as TypedArray).slice() as TypedArray },
        ]),
      )
    },
    dispose: () => session.release(),
  }
}

function dtypeOf(data: TypedArray): 'float32' {
  const dtype =
    data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'uint8'
  // The constructor has an overload for each type, which would need a call each.
  return dtype as 'float32'
}
