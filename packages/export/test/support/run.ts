import { createSession, type TypedArray } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'

/** Runs the bytes or the path of a file on float32 inputs, or bytes; returns the numbers of its first output, or of the one that is named. */
export async function runFile(
  model: Uint8Array | string,
  inputs: Readonly<Record<string, readonly [readonly number[], Float32Array | Uint8Array]>>,
  name?: string,
): Promise<{ readonly dims: readonly number[]; readonly data: TypedArray }> {
  const session = await createSession(model)
  try {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, [shape, data]]) => [
        name,
        data instanceof Uint8Array
          ? new ort.Tensor('uint8', data, [...shape])
          : new ort.Tensor('float32', data, [...shape]),
      ]),
    )
    const results = await session.run(feeds)
    const output = results[name ?? session.outputNames[0]!]!
    return { dims: output.dims, data: output.data as TypedArray }
  } finally {
    await session.release()
  }
}
