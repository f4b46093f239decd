import { EngineError } from '@ashlar/errors'
import type { TypedArray } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import type { NamedData, TensorData } from '../tensors.ts'

/** What runs exported files here. */
export const runtime: { readonly name: string; readonly version: string } = {
  name: 'onnxruntime-node',
  version: (ort.env.versions as { readonly node?: string }).node ?? ort.env.versions.common,
}

/**
 * Runs a file's session on named numbers.
 *
 * @throws EngineError with onnxruntime's reason when it does not run.
 */
export async function runSession(
  session: ort.InferenceSession,
  feeds: NamedData,
): Promise<Record<string, TensorData>> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [
      name,
      new ort.Tensor(dtype, data as never, [...shape]),
    ]),
  )
  const results = await session.run(inputs).catch((cause: Error) => {
    throw new EngineError({
      where: 'onnxruntime',
      expected: 'the file must run',
      hint: cause.message,
      cause,
    })
  })
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [
      name,
      {
        shape: [...tensor.dims],
        dtype: tensor.type as TensorData['dtype'],
        data: tensor.data as TypedArray,
      },
    ]),
  )
}
